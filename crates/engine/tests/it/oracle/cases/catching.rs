//! Catching events, throwing events and end events, one case or more for each definition.

use super::{Case, case};

const ALL: &str = "s:start c:catch(message=m1,signal=g,all) a:user s>c>a";

pub(super) const CASES: &[Case] = &[
    case("a timer waits", "s:start t:catch(timer=60) a:user s>t>a", "start", &["t | "]),
    case("a timer fires", "s:start t:catch(timer=60) a:user s>t>a", "start tick", &["a | t"]),
    case(
        "the next of two timers fires",
        "s:start p:and t:catch(timer=120) u:catch(timer=60) a:user b:user s>p p>t>a p>u>b",
        "start tick",
        &["t b | p u"],
    ),
    case("a message is caught", "s:start c:catch(message=m1) a:user s>c>a", "start m:m1", &["a | c"]),
    case(
        "a message is caught by one",
        "s:start p:and c:catch(message=m1) d:catch(message=m1) s>p p>c p>d",
        "start m:m1",
        &["c | p d", "d | p c"],
    ),
    case("a receive task takes a message", "s:start r:receive(m1) a:user s>r>a", "start m:m1", &["a | r"]),
    case("a send task does not wait", "s:start t:send(m1) a:user s>t>a", "start", &["a | t"]),
    case(
        "a signal is caught by all",
        "s:start p:and c:catch(signal=g) d:catch(signal=g) a:user s>p p>c>a p>d>a",
        "start s:g",
        &["a*2 | p c d"],
    ),
    case("a condition that is true lets pass", "+c1 s:start c:catch(conditional=c1) a:user s>c>a", "start", &["a | c"]),
    case("a condition that is false does not", "s:start c:catch(conditional=c1) a:user s>c>a", "start", &["c | "]),
    case("a link leads to its target", "s:start t:throw(link=L) l:catch(link=L) a:user s>t l>a", "start", &["a | t l"]),
    case(
        "one of several events is enough",
        "s:start c:catch(message=m1,signal=g) a:user s>c>a",
        "start s:g",
        &["a | c"],
    ),
    case("of a parallel multiple event one is not enough", ALL, "start m:m1", &["c | "]),
    case("a parallel multiple event needs all", ALL, "start s:g m:m1", &["a | c"]),
    case("a throw event without a definition passes", "s:start t:throw a:user s>t>a", "start", &["a | t"]),
    case("a message throw event passes", "s:start t:throw(message=m1) a:user s>t>a", "start", &["a | t"]),
    case(
        "a thrown signal reaches what waits in the same instance",
        "s:start p:and c:catch(signal=g) a:user t:throw(signal=g) b:user s>p p>c>b p>a>t",
        "start a",
        &["b | p a t c"],
    ),
    case("a none end event ends its token", "s:start p:and a:user e:end s>p p>a p>e", "start", &["a | p e"]),
    case("a message end event ends its token", "s:start e:end(message=m1) s>e", "start", &["done | e"]),
    case(
        "a signal end event",
        "s:start p:and c:catch(signal=g) a:user e:end(signal=g) s>p p>c p>a>e",
        "start a",
        &["done | p a e c"],
    ),
    case(
        "a terminate end event of a sub-process leaves the rest alone",
        "s:start p:and a:user n:sub{ i:start q:and b:user x:user t:end(terminate) i>q q>b q>x>t } c:user s>p p>a p>n>c",
        "start x",
        &["a c | p q x t n"],
    ),
    case(
        "a terminate end event of a called process leaves the caller alone",
        "s:start k:call(q) a:user s>k>a q:process{ i:start p:and b:user x:user t:end(terminate) i>p p>b p>x>t }",
        "start x",
        &["a | p x t k"],
    ),
    case(
        "an error that nothing catches is a fault, and the rest goes on",
        "s:start p:and a:user e:end(error=E1) s>p p>a p>e",
        "start",
        &["a e! | p"],
    ),
    case("a service that fails is a fault", "s:start a:service s>a", "start a!E1", &["a! | "]),
    case(
        "an escalation that nothing catches has no effect",
        "s:start t:throw(escalation=E1) a:user s>t>a",
        "start",
        &["a | "],
    ),
    case("an escalation end event that nothing catches", "s:start e:end(escalation=E1) s>e", "start", &["done | "]),
    case(
        "an event-based gateway with a receive task",
        "s:start v:events r:receive(m1) t:catch(timer=60) a:user s>v v>r>a v>t",
        "start m:m1",
        &["a | v r"],
    ),
    case(
        "an event-based gateway whose condition holds",
        "+c1 s:start v:events c:catch(conditional=c1) t:catch(timer=60) a:user s>v v>c>a v>t",
        "start",
        &["a | v c"],
    ),
    case(
        "several start events without a trigger all begin",
        "s:start t:start a:user b:user s>a t>b",
        "start",
        &["a b | "],
    ),
    case(
        "a start event begins by its message alone",
        "s:start t:start(message=m1) a:user b:user s>a t>b",
        "start@t",
        &["b | "],
    ),
    case(
        "a start event with a trigger does not begin by itself",
        "s:start t:start(signal=g) a:user b:user s>a t>b",
        "start",
        &["a | "],
    ),
    case("a start event by a timer", "t:start(timer=60) b:user t>b", "start@t", &["b | "]),
    case("a start event by a condition", "t:start(conditional=c1) b:user t>b", "start@t", &["b | "]),
    case(
        "a process without start events begins at what has no incoming flow",
        "a:user b:user c:user a>c",
        "start",
        &["a b | "],
    ),
];
