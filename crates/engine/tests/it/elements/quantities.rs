//! `startQuantity` and `completionQuantity`.

use super::{check, process};

#[test]
fn an_activity_waits_for_as_many_tokens_as_it_takes() {
    let nodes = r#"<startEvent id="s"/><task id="x"/><task id="y"/><task id="a" startQuantity="2"/><endEvent id="e"/>"#;
    check(&process(nodes, "s-x, s-y, x-a, y-a, a-e"), &[], "s x y a e Finished");
    check(&process(nodes, "s-x, s-y, x-a, y-e, a-e"), &[], "s x y e Failed");
}

#[test]
fn an_activity_gives_as_many_tokens_as_it_says() {
    let nodes = r#"<startEvent id="s"/><task id="a" completionQuantity="3"/><endEvent id="e"/>"#;
    check(&process(nodes, "s-a, a-e"), &[], "s a e e e Finished");
}
