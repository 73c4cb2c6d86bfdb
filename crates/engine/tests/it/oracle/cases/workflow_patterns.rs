//! The workflow patterns (WCP) that BPMN expresses.

use super::{Case, case};

const SYNCHRONISATION: &str = "s:start p:and a:user b:user q:and c:user s>p p>a>q p>b>q q>c";
const MULTI_CHOICE: &str =
    "+c1 +c2 s:start o:or a:user b:user d:user j:or e:end s>o o>a?c1 o>b?c2 o>d* a>j b>j d>j j>e";
const MERGE: &str = "s:start p:and a:user b:user x:xor c:user s>p p>a>x p>b>x x>c";
const DISCRIMINATOR: &str = "s:start p:and a:user b:user k:complex(1) c:user s>p p>a>k p>b>k k>c";
const PARTIAL: &str = "s:start p:and a:user b:user d:user k:complex(2) c:user s>p p>a>k p>b>k p>d>k k>c";
const DEFERRED: &str = "s:start v:events m:catch(message=m1) t:catch(timer=60) a:user b:user s>v v>m>a v>t>b";
const INTERLEAVED: &str = "s:start h:adhoc(sequential){ a:user b:user } e:end s>h>e";

pub(super) const CASES: &[Case] = &[
    case("WCP-1 sequence", "s:start a:user b:user e:end s>a>b>e", "start a", &["b | a"]),
    case("WCP-1 sequence, to its end", "s:start a:user b:script e:end s>a>b>e", "start a", &["done | a b e"]),
    case("WCP-2 parallel split", "s:start p:and a:user b:user s>p p>a p>b", "start", &["a b | p"]),
    case("WCP-2 parallel split without a gateway", "s:start t:task a:user b:user s>t t>a t>b", "start", &["a b | t"]),
    case("WCP-3 synchronisation, one has come", SYNCHRONISATION, "start a", &["b a_q- | p a"]),
    case("WCP-3 synchronisation, both have come", SYNCHRONISATION, "start b a", &["c | p a b q"]),
    case(
        "WCP-4 exclusive choice: the first true condition",
        "+c1 +c2 s:start x:xor a:user b:user d:user s>x x>a?!c1 x>b?c1 x>d?c2",
        "start",
        &["b | x"],
    ),
    case(
        "WCP-4 exclusive choice: the default, wherever it stands",
        "s:start x:xor a:user b:user s>x x>a* x>b?c1",
        "start",
        &["a | x"],
    ),
    case("WCP-4 exclusive choice without a way out is a fault", "s:start x:xor a:user s>x x>a?c1", "start", &["x! | "]),
    case("WCP-5 simple merge", "s:start p:and x:xor a:user s>p p>x p>x x>a", "start", &["a*2 | p x*2"]),
    case("WCP-5 merge without a gateway", "s:start p:and a:user s>p p>a p>a", "start", &["a*2 | p"]),
    case("WCP-6 multi-choice", MULTI_CHOICE, "start", &["a b | o"]),
    case(
        "WCP-6 multi-choice: the default when nothing else holds",
        "s:start o:or a:user b:user s>o o>a?c1 o>b*",
        "start",
        &["b | o"],
    ),
    case(
        "WCP-6 multi-choice by flows out of an activity",
        "+c1 s:start t:user a:user b:user d:user s>t t>a?c1 t>b?c2 t>d*",
        "start t",
        &["a | t"],
    ),
    case("WCP-6 multi-choice without a way out is a fault", "s:start o:or a:user s>o o>a?c1", "start", &["o! | "]),
    case("WCP-7 structured synchronising merge waits for what was begun", MULTI_CHOICE, "start b", &["a b_j- | o b"]),
    case("WCP-7 structured synchronising merge, to its end", MULTI_CHOICE, "start b a", &["done | o a b j e"]),
    case(
        "WCP-7 structured synchronising merge of one branch",
        "+c1 s:start o:or a:user b:user j:or e:end s>o o>a?c1 o>b?c2 a>j b>j j>e",
        "start a",
        &["done | o a j e"],
    ),
    case("WCP-8 multi-merge", MERGE, "start a b", &["c*2 | p a b x*2"]),
    case("WCP-9 structured discriminator: the first goes on", DISCRIMINATOR, "start b", &["a c | p b"]),
    case(
        "WCP-9 structured discriminator: the second resets it",
        DISCRIMINATOR,
        "start b a",
        &["c | p a b", "c*2 | p a b"],
    ),
    case(
        "WCP-10 arbitrary cycles",
        "+c1 s:start x:xor a:user y:xor b:user s>x>a>y y>x?c1 y>b*",
        "start a a",
        &["a | a*2 x*3 y*2"],
    ),
    case("WCP-11 implicit termination", "s:start p:and a:user b:user s>p p>a p>b", "start b a", &["done | p a b"]),
    case(
        "WCP-12 instances without synchronisation",
        "+c1 s:start x:xor t:user(c1=false) p:and w:user y:xor e:end s>x>t>p p>w p>y y>x?c1 y>e*",
        "start t",
        &["w | x t p y e"],
    ),
    case("WCP-13 several instances begin together", "s:start m:user(many=3) e:end s>m>e", "start", &["m m#*3 | "]),
    case("WCP-13 several instances, one is done", "s:start m:user(many=3) e:end s>m>e", "start m", &["m m#*2 | m#"]),
    case(
        "WCP-13 several instances, to the end",
        "s:start m:user(many=2) e:end s>m>e",
        "start m m",
        &["done | m m#*2 e"],
    ),
    case("WCP-14 no instance at all", "s:start m:user(many=0) e:end s>m>e", "start", &["done | m e"]),
    case("WCP-14 sequential instances", "s:start m:user(each=2) e:end s>m>e", "start m", &["m m# | m#"]),
    case(
        "WCP-14 sequential instances, to the end",
        "s:start m:user(each=2) e:end s>m>e",
        "start m m",
        &["done | m m#*2 e"],
    ),
    case(
        "WCP-14 instances of a sub-process",
        "s:start m:sub(many=2){ i:start a:user i>a } e:end s>m>e",
        "start a",
        &["m m# a | a m#"],
    ),
    case(
        "WCP-15 and 21 a loop goes on",
        "+c1 s:start w:user(while=c1,most=9) e:end s>w>e",
        "start w w",
        &["w w# | w#*2"],
    ),
    case(
        "WCP-21 a loop ends with its condition",
        "+c1 s:start w:user(while=c1,most=9,c1=false) e:end s>w>e",
        "start w",
        &["done | w w# e"],
    ),
    case(
        "WCP-21 a loop ends at its maximum",
        "+c1 s:start w:user(while=c1,most=2) e:end s>w>e",
        "start w w",
        &["done | w w#*2 e"],
    ),
    case(
        "WCP-21 a loop that tests before",
        "s:start w:user(while=c1,most=2,before) e:end s>w>e",
        "start",
        &["done | w e"],
    ),
    case(
        "WCP-21 a loop that tests after",
        "s:start w:user(while=c1,most=2) e:end s>w>e",
        "start w",
        &["done | w w# e"],
    ),
    case("WCP-16 deferred choice waits", DEFERRED, "start", &["v | "]),
    case("WCP-16 deferred choice: a message", DEFERRED, "start m:m1", &["a | v m"]),
    case("WCP-16 deferred choice: time", DEFERRED, "start tick", &["b | v t"]),
    case("WCP-17 and 40 interleaved routing begins with any", INTERLEAVED, "start", &["h a | ", "h b | "]),
    case("WCP-17 and 40 interleaved routing goes on", INTERLEAVED, "start b", &["h a | b"]),
    case("WCP-17 and 40 interleaved routing ends", INTERLEAVED, "start b a", &["done | a b h e"]),
    case(
        "WCP-18 milestone",
        "s:start p:and a:user(c1=true) m:catch(conditional=c1) b:user s>p p>a p>m>b",
        "start a",
        &["b | p a m"],
    ),
    case("WCP-19 cancel task", "s:start a:user b:on(a,message=m1) c:user d:user s>a>c b>d", "start m:m1", &["d | b"]),
    case(
        "WCP-20 and 43 cancel case",
        "s:start p:and a:user b:user e:end(terminate) s>p p>a p>b b>e",
        "start b",
        &["done | p b e"],
    ),
    case(
        "WCP-22 recursion",
        "+c1 s:start k:call(q) s>k q:process{ i:start w:user x:xor n:call(q) e:end i>w>x x>n?c1 x>e* n>e }",
        "start w",
        &["k n w | w x"],
    ),
    case(
        "WCP-23 a signal that nobody awaits is lost",
        "s:start a:user c:catch(signal=g) s>a>c",
        "start s:g a",
        &["c | a"],
    ),
    case(
        "WCP-25 cancel region",
        "s:start n:sub{ i:start p:and a:user b:user i>p p>a p>b } x:on(n,signal=g) c:user s>n x>c",
        "start a s:g",
        &["c | p a x"],
    ),
    case(
        "WCP-26 cancel instances",
        "s:start m:user(many=3) b:on(m,timer=60) c:user s>m b>c",
        "start m tick",
        &["c | m# b"],
    ),
    case(
        "WCP-27 complete instances",
        "s:start m:user(many=3,c1=true,until=c1) e:end s>m>e",
        "start m",
        &["done | m m# e"],
    ),
    case(
        "WCP-29 cancelling discriminator",
        "s:start n:sub{ i:start p:and a:user b:user x:end(terminate) i>p p>a>x p>b>x } c:user s>n>c",
        "start b",
        &["c | p b x n"],
    ),
    case("WCP-30 structured partial join waits", PARTIAL, "start d", &["a b d_k- | p d"]),
    case("WCP-30 structured partial join goes on", PARTIAL, "start d a", &["b c | p a d"]),
    case("WCP-28 and 31 partial join resets with the last", PARTIAL, "start d a b", &["c | p a b d", "c*2 | p a b d"]),
    case(
        "WCP-28 blocking discriminator keeps what comes again on a flow that it has taken",
        "s:start p:and x:xor a:user k:complex(1) c:user s>p p>x p>x x>k p>a>k k>c",
        "start a",
        &["c*2 | p x*2 a", "c*3 | p x*2 a"],
    ),
    case(
        "WCP-30 a partial join counts the tokens of a flow",
        "s:start p:and x:xor a:user k:complex(2) c:user s>p p>x p>x x>k p>a>k k>c",
        "start",
        &["a c x_k- | p x*2"],
    ),
    case(
        "WCP-30 a partial join of more than can come waits for ever",
        "s:start k:complex(2) c:user s>k k>c",
        "start",
        &["s_k- | "],
    ),
    case(
        "WCP-33 generalised join keeps what came twice",
        "s:start p:and x:xor a:user j:and c:user s>p p>x p>x x>j p>a>j j>c",
        "start a",
        &["c x_j- | p x*2 a j"],
    ),
    case(
        "WCP-37 local synchronising merge",
        "s:start p:and a:user j:or e:end s>p p>a>j p>j j>e",
        "start",
        &["a p_j- | p"],
    ),
    case(
        "WCP-38 general synchronising merge does not wait for what cannot come",
        "s:start p:and a:user x:xor j:or b:user f:end s>p p>a p>j a>x x>j?c1 x>f* j>b",
        "start a",
        &["b | p a x f j"],
    ),
    case(
        "WCP-38 general synchronising merge in a cycle does not wait for itself",
        "+c1 s:start j:or a:user(c1=false) x:xor e:end s>j>a>x x>j?c1 x>e*",
        "start a",
        &["done | j a x e"],
    ),
    case(
        "WCP-38 general synchronising merge waits for an activity that may be left by a boundary event",
        "s:start p:and n:service b:on(n,error) e:end u:user j:or c:user s>p p>n>e p>u>j b>j j>c",
        "start u",
        &["n u_j- | p u"],
    ),
    case(
        "WCP-41 and 42 threads merge and split",
        "s:start p:and t:task a:user s>p p>t p>t t>a",
        "start",
        &["a*2 | p t*2"],
    ),
];
