//! Boundary events, event sub-processes, calls, ad-hoc sub-processes.

use super::{Case, case};

const ASIDE: &str = "s:start a:user b:on(a,message=m1,aside) c:user d:user s>a>d b>c";
const CONDITION: &str = "s:start p:and a:user b:on(a,conditional=c1,aside) c:user x:user(c1=true) y:user(c1=false) z:user(c1=true) \
                         s>p p>a b>c p>x>y>z";
const EVENT_SUB: &str = "s:start p:and a:user b:user s>p p>a p>b h:event{ i:start(message=m1) c:user e:end i>c>e }";
const EVENT_SUB_ASIDE: &str = "s:start a:user s>a h:event{ i:start(message=m1,aside) c:user i>c }";
const RETHROWN: &str = "s:start n:sub{ i:start a:service i>a h:event{ j:start(error=E1) c:user e:end(error=E2) j>c>e } } \
                        x:on(n,error=E2) d:user s>n x>d";
const AD_HOC: &str = "s:start h:adhoc(until=c1){ a:user b:user(c1=true) d:user } e:end s>h>e";

pub(super) const CASES: &[Case] = &[
    case("a boundary timer interrupts", "s:start a:user b:on(a,timer=60) c:user s>a b>c", "start tick", &["c | b"]),
    case(
        "a boundary timer is gone with its activity",
        "s:start a:user b:on(a,timer=60) c:user s>a>c b>c",
        "start a",
        &["c | a"],
    ),
    case(
        "a boundary timer that does not interrupt",
        "s:start a:user b:on(a,timer=60,aside) c:user s>a b>c",
        "start tick",
        &["a c | b"],
    ),
    case(
        "a boundary timer with a cycle",
        "s:start a:user b:on(a,timer=60x2,aside) c:user s>a b>c",
        "start tick tick",
        &["a c*2 | b*2"],
    ),
    case("a boundary message that does not interrupt comes again", ASIDE, "start m:m1 m:m1", &["a c*2 | b*2"]),
    case("a boundary message that does not interrupt leaves the activity", ASIDE, "start m:m1 a", &["c d | a b"]),
    case("a boundary signal interrupts", "s:start a:user b:on(a,signal=g) c:user s>a b>c", "start s:g", &["c | b"]),
    case(
        "a boundary signal that does not interrupt",
        "s:start a:user b:on(a,signal=g,aside) c:user s>a b>c",
        "start s:g",
        &["a c | b"],
    ),
    case(
        "a boundary condition interrupts",
        "s:start p:and a:user b:on(a,conditional=c1) c:user x:user(c1=true) s>p p>a b>c p>x",
        "start x",
        &["c | p x b"],
    ),
    case("a boundary condition occurs when it becomes true", CONDITION, "start x", &["a c y | p x b"]),
    case("a boundary condition occurs again after it was false", CONDITION, "start x y z", &["a c*2 | p x y z b*2"]),
    case(
        "a boundary error catches the code that it names",
        "s:start a:service b:on(a,error=E1) c:user s>a b>c",
        "start a!E1",
        &["c | b"],
    ),
    case(
        "a boundary error lets other codes pass",
        "s:start a:service b:on(a,error=E1) c:user s>a b>c",
        "start a!E2",
        &["a! | "],
    ),
    case(
        "a boundary error without a code catches all",
        "s:start a:service b:on(a,error) c:user s>a b>c",
        "start a!E2",
        &["c | b"],
    ),
    case(
        "a boundary error that names the code goes first",
        "s:start a:service b:on(a,error) x:on(a,error=E1) c:user d:user s>a b>c x>d",
        "start a!E1",
        &["d | x"],
    ),
    case(
        "an error goes outwards to what catches it",
        "s:start n:sub{ i:start m:sub{ j:start a:service j>a } y:on(m,error=E2) i>m } x:on(n,error=E1) c:user s>n x>c",
        "start a!E1",
        &["c | x"],
    ),
    case(
        "an error end event of a sub-process ends what else is in it",
        "s:start n:sub{ i:start p:and a:user b:user e:end(error=E1) i>p p>a p>b>e } x:on(n,error=E1) c:user s>n x>c",
        "start b",
        &["c | p b x"],
    ),
    case(
        "an error of one instance ends all",
        "s:start m:service(many=2) b:on(m,error=E1) c:user s>m b>c",
        "start m!E1",
        &["c | b"],
    ),
    case(
        "an error of a called process is caught at the call",
        "s:start k:call(q) b:on(k,error=E1) c:user s>k b>c q:process{ i:start a:user e:end(error=E1) i>a>e }",
        "start a",
        &["c | a b"],
    ),
    case(
        "a gateway without a way out is caught as an error",
        "s:start n:sub{ i:start x:xor e:end i>x x>e?c1 } b:on(n,error) c:user s>n b>c",
        "start",
        &["c | b"],
    ),
    case(
        "an escalation is caught by a boundary event that interrupts",
        "s:start n:sub{ i:start t:throw(escalation=E1) a:user i>t>a } x:on(n,escalation=E1) c:user s>n x>c",
        "start",
        &["c | x"],
    ),
    case(
        "an escalation is caught by a boundary event that does not interrupt",
        "s:start n:sub{ i:start t:throw(escalation=E1) a:user i>t>a } x:on(n,escalation=E1,aside) c:user s>n x>c",
        "start",
        &["n a c | x"],
    ),
    case(
        "an escalation end event lets the sub-process end",
        "s:start n:sub{ i:start e:end(escalation=E1) i>e } x:on(n,escalation,aside) c:user d:user s>n>d x>c",
        "start",
        &["c d | x n"],
    ),
    case(
        "an escalation of a called process",
        "s:start k:call(q) x:on(k,escalation,aside) c:user s>k x>c q:process{ i:start t:throw(escalation=E1) a:user i>t>a }",
        "start",
        &["k a c | x"],
    ),
    case(
        "a boundary event of several definitions",
        "s:start a:user b:on(a,message=m1,signal=g) c:user s>a b>c",
        "start s:g",
        &["c | b"],
    ),
    case(
        "a boundary event that needs all its definitions",
        "s:start a:user b:on(a,message=m1,signal=g,all) c:user s>a b>c",
        "start s:g m:m1",
        &["c | b"],
    ),
    case("an event sub-process interrupts its scope", EVENT_SUB, "start m:m1", &["h c | p"]),
    case("a scope ends with the event sub-process that interrupted it", EVENT_SUB, "start m:m1 c", &["done | p c e h"]),
    case("an event sub-process that is not triggered holds nothing", EVENT_SUB, "start a b", &["done | p a b"]),
    case(
        "an event sub-process that does not interrupt comes again",
        EVENT_SUB_ASIDE,
        "start m:m1 m:m1",
        &["a h*2 c*2 | "],
    ),
    case("a scope waits for its event sub-processes", EVENT_SUB_ASIDE, "start m:m1 a", &["h c | a"]),
    case(
        "an event sub-process by a timer",
        "s:start a:user s>a h:event{ i:start(timer=60) c:user i>c }",
        "start tick",
        &["h c | "],
    ),
    case(
        "an event sub-process by a timer occurs once",
        "s:start a:user s>a h:event{ i:start(timer=60,aside) c:task i>c }",
        "start tick",
        &["a | c h"],
    ),
    case(
        "an event sub-process by a signal",
        "s:start a:user s>a h:event{ i:start(signal=g) c:user i>c }",
        "start s:g",
        &["h c | "],
    ),
    case(
        "a scope that only waits for its event sub-processes begins no other",
        "s:start a:user s>a h:event{ i:start(signal=g,aside) c:user i>c }",
        "start s:g a s:g",
        &["h c | a"],
    ),
    case(
        "an event sub-process by a condition",
        "s:start p:and a:user(c1=true) b:user s>p p>a p>b h:event{ i:start(conditional=c1,aside) c:user i>c }",
        "start a",
        &["b h c | p a"],
    ),
    case(
        "an event sub-process by an error",
        "s:start a:service s>a h:event{ i:start(error=E1) c:user i>c }",
        "start a!E1",
        &["h c | "],
    ),
    case(
        "an event sub-process goes before a boundary event",
        "s:start n:sub{ i:start a:service i>a h:event{ j:start(error) c:user j>c } } x:on(n,error=E1) d:user s>n x>d",
        "start a!E1",
        &["n h c | "],
    ),
    case(
        "a sub-process whose error was handled inside goes on normally",
        "s:start n:sub{ i:start a:service i>a h:event{ j:start(error) c:user j>c } } d:user s>n>d",
        "start a!E1 c",
        &["d | c h n"],
    ),
    case("an event sub-process throws on to the border", RETHROWN, "start a!E1 c", &["d | c x"]),
    case(
        "an event sub-process by an escalation that does not interrupt",
        "s:start t:throw(escalation=E1) a:user s>t>a h:event{ i:start(escalation=E1,aside) c:user i>c }",
        "start",
        &["a h c | "],
    ),
    case(
        "an escalation of one event sub-process is caught by another",
        "s:start a:user s>a h:event{ i:start(message=m1,aside) t:throw(escalation=E1) b:user i>t>b } \
         k:event{ j:start(escalation=E1,aside) c:user j>c }",
        "start m:m1",
        &["a h b k c | "],
    ),
    case(
        "an event sub-process by an escalation that interrupts",
        "s:start t:throw(escalation=E1) a:user s>t>a h:event{ i:start(escalation) c:user i>c }",
        "start",
        &["h c | "],
    ),
    case(
        "a sub-process without a start event begins at what has no incoming flow",
        "s:start n:sub{ a:user b:user c:user a>c } s>n",
        "start a",
        &["n b c | a"],
    ),
    case(
        "a called process has variables of its own",
        "s:start k:call(q) x:xor a:user b:user s>k>x x>a?c1 x>b* q:process{ i:start t:script(c1=true) i>t }",
        "start",
        &["b | t k x"],
    ),
    case(
        "a sub-process shares the variables",
        "s:start n:sub{ i:start t:script(c1=true) i>t } x:xor a:user b:user s>n>x x>a?c1 x>b*",
        "start",
        &["a | t n x"],
    ),
    case(
        "an ad-hoc sub-process begins everything",
        "s:start h:adhoc{ a:user b:user } e:end s>h>e",
        "start",
        &["h a b | "],
    ),
    case(
        "an ad-hoc sub-process ends when all is done",
        "s:start h:adhoc{ a:user b:user } e:end s>h>e",
        "start b a",
        &["done | a b h e"],
    ),
    case("an ad-hoc sub-process goes on while its condition is false", AD_HOC, "start a", &["h b d | a"]),
    case("an ad-hoc sub-process is completed by its condition", AD_HOC, "start a b", &["done | a b h e"]),
    case(
        "an ad-hoc sub-process that keeps what runs",
        "s:start h:adhoc(until=c1,keep){ a:user b:user(c1=true) } e:end s>h>e",
        "start b",
        &["h a | b"],
    ),
];
