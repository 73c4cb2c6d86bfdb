//! Compensation and transactions.

use super::{Case, case};

const TWO: &str = "s:start a:user b:user x:on(a,compensate) y:on(b,compensate) u:user(undoes=x) v:user(undoes=y) \
                   t:throw(compensate) c:user s>a>b>t>c";
const ONE: &str = "s:start a:user b:user x:on(a,compensate) y:on(b,compensate) u:user(undoes=x) v:user(undoes=y) \
                   t:throw(compensate=a) c:user s>a>b>t>c";
const TRANSACTION: &str = "s:start n:tx{ i:start p:and a:user x:on(a,compensate) u:user(undoes=x) d:user b:user g:xor \
                           k:end(cancel) e:end i>p p>a p>d p>b>g g>k?c1 g>e* } z:on(n,cancel) c:user f:user s>n>f z>c";
const DEFAULT: &str =
    "s:start n:sub{ i:start a:user x:on(a,compensate) u:user(undoes=x) i>a } t:throw(compensate) c:user s>n>t>c";

pub(super) const CASES: &[Case] = &[
    case("compensation begins with what was completed last", TWO, "start a b", &["t v | a b"]),
    case("compensation goes backwards", TWO, "start a b v", &["t u | a b v"]),
    case("compensation is awaited", TWO, "start a b v u", &["c | a b v u t"]),
    case("compensation of one activity", ONE, "start a b", &["t u | a b"]),
    case("compensation of one activity, to its end", ONE, "start a b u", &["c | a b u t"]),
    case(
        "what has not been completed is not compensated",
        "s:start p:and a:user x:on(a,compensate) u:user(undoes=x) b:user t:throw(compensate) c:user s>p p>a p>b>t>c",
        "start b",
        &["a c | p b t"],
    ),
    case(
        "what was completed twice is compensated twice",
        "s:start x:xor a:user z:on(a,compensate) u:task(undoes=z) b:user(c1=true) y:xor t:throw(compensate) c:user \
         s>x>a>y y>t?c1 y>b* b>x t>c",
        "start a b a",
        &["c | x*2 a*2 y*2 b t u*2"],
    ),
    case(
        "a compensation end event",
        "s:start a:user x:on(a,compensate) u:user(undoes=x) e:end(compensate) s>a>e",
        "start a u",
        &["done | a u e"],
    ),
    case("a sub-process is compensated by what is in it", DEFAULT, "start a", &["t u | a n"]),
    case("a sub-process is compensated, to its end", DEFAULT, "start a u", &["c | a n u t"]),
    case(
        "a handler of the sub-process goes before what is in it",
        "s:start n:sub{ i:start a:user x:on(a,compensate) u:user(undoes=x) i>a } y:on(n,compensate) v:user(undoes=y) \
         t:throw(compensate) c:user s>n>t>c",
        "start a v",
        &["c | a n v t"],
    ),
    case(
        "a compensation event sub-process",
        "s:start n:sub{ i:start a:user i>a h:event{ j:start(compensate) v:user j>v } } t:throw(compensate) c:user s>n>t>c",
        "start a",
        &["t h v | a n"],
    ),
    case(
        "an event sub-process compensates its scope",
        "s:start a:user x:on(a,compensate) u:user(undoes=x) b:service s>a>b \
         h:event{ i:start(error) t:throw(compensate) c:user i>t>c }",
        "start a b!E1",
        &["h t u | a"],
    ),
    case(
        "an event sub-process compensates what was completed in it",
        "s:start a:user s>a h:event{ i:start(message=m1) b:user x:on(b,compensate) u:user(undoes=x) t:throw(compensate) i>b>t }",
        "start m:m1 b",
        &["h t u | b"],
    ),
    case(
        "one instance of a cancelled transaction ends all",
        "s:start n:tx(many=2){ i:start a:user k:end(cancel) i>a>k } z:on(n,cancel) c:user f:user s>n>f z>c",
        "start a",
        &["c | a z"],
    ),
    case(
        "a transaction is cancelled out of its event sub-process",
        "s:start n:tx{ i:start a:user i>a h:event{ j:start(message=m1) k:end(cancel) j>k } } z:on(n,cancel) c:user s>n z>c",
        "start m:m1",
        &["c | z"],
    ),
    case(
        "instances are compensated by what is in them, the last first",
        "s:start n:sub(each=2){ i:start a:user x:on(a,compensate) u:user(undoes=x) i>a } t:throw(compensate) c:user s>n>t>c",
        "start a a u",
        &["t u | a*2 n#*2 n u"],
    ),
    case(
        "an event sub-process that has completed is compensated too",
        "s:start a:user t:throw(compensate) c:user s>a>t>c \
         h:event{ i:start(message=m1,aside) b:user x:on(b,compensate) u:user(undoes=x) i>b }",
        "start m:m1 b a",
        &["t u | a b h"],
    ),
    case("nothing to compensate", "s:start t:throw(compensate) a:user s>t>a", "start", &["a | t"]),
    case("a transaction that is completed goes on", TRANSACTION, "start a b d", &["f | p a b d g e n"]),
    case(
        "a cancelled transaction is compensated first",
        "s:start n:tx{ i:start p:and a:user x:on(a,compensate) u:user(undoes=x) d:user b:user k:end(cancel) \
         i>p p>a p>d p>b>k } z:on(n,cancel) c:user f:user s>n>f z>c",
        "start a b",
        &["n u | p a b"],
    ),
    case(
        "a cancelled transaction is left through its cancel event",
        "s:start n:tx{ i:start p:and a:user x:on(a,compensate) u:user(undoes=x) d:user b:user k:end(cancel) \
         i>p p>a p>d p>b>k } z:on(n,cancel) c:user f:user s>n>f z>c",
        "start a b u",
        &["c | p a b u z"],
    ),
    case(
        "an error leaves a transaction without compensation",
        "s:start n:tx{ i:start a:user x:on(a,compensate) u:user(undoes=x) b:service i>a>b } z:on(n,cancel) y:on(n,error) \
         c:user d:user s>n z>c y>d",
        "start a b!E1",
        &["d | a y"],
    ),
];
