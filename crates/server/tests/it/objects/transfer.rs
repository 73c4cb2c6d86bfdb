//! Objects in files.

use axum::body::to_bytes;
use axum::http::header;
use serde_json::{Value, json};

use super::{INVALID, object};
use crate::product::{Product, keys, no_null, sorted};
use crate::toy::{Answer, Call};

const NO_FILE: (u16, &str) = (400, "SecMaster.20090370");
/// What only the server sets, at every creation anew.
const TIMES: &[&str] = &["create_time", "update_time"];

fn form(content: &[u8]) -> Vec<u8> {
    let head = b"--b\r\nContent-Disposition: form-data; name=\"uploadFile\"; filename=\"x\"\r\n\r\n";
    [&head[..], content, b"\r\n--b--\r\n"].concat()
}

impl Product {
    async fn post_file(&self, client: &str, path: &str, body: Vec<u8>) -> Answer {
        let call = Call::new("POST", &self.soc(path)).header("x-auth-token", client);
        self.upload(call.header("content-type", "multipart/form-data; boundary=b").body(body)).await
    }

    /// Imports a file into a class; what the answer tells.
    async fn import(&self, class: &str, content: &[u8]) -> Value {
        let answer = self.post_file("admin", &format!("{class}/import"), form(content)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["data"].clone()
    }

    async fn import_refused(&self, body: Vec<u8>) -> (u16, String, String) {
        self.post_file("admin", "alerts/import", body).await.failure()
    }

    /// Exports objects of a class: the file, its name, its type.
    async fn export(&self, class: &str, body: Value) -> (Vec<u8>, String, String) {
        self.file("POST", &format!("{class}/export"), Some(body)).await
    }

    async fn file(&self, method: &str, path: &str, body: Option<Value>) -> (Vec<u8>, String, String) {
        let mut call = Call::new(method, &self.soc(path)).header("x-auth-token", "admin");
        if let Some(body) = body {
            call = call.header("content-type", "application/json").body(body.to_string());
        }
        let response = self.send(call).await;
        assert_eq!(response.status(), 200, "{path}");
        let header = |name| response.headers()[name].to_str().expect("ASCII").to_owned();
        let (disposition, kind) = (header(header::CONTENT_DISPOSITION), header(header::CONTENT_TYPE));
        (to_bytes(response.into_body(), usize::MAX).await.expect("a whole file").to_vec(), disposition, kind)
    }

    /// The fields of all alerts by their ids, without what every creation sets anew.
    async fn alerts(&self) -> Value {
        let found = self.ok("POST", &self.soc("alerts/search"), Some(json!({ "limit": 1000 }))).await;
        let rows = found["data"].as_array().expect("a list").iter().map(|row| {
            let mut data = row["data_object"].as_object().expect("an object").clone();
            TIMES.iter().for_each(|key| drop(data.remove(*key)));
            (row["id"].as_str().expect("an id").to_owned(), Value::Object(data))
        });
        Value::Object(rows.collect())
    }
}

fn messages(report: &Value) -> Vec<String> {
    let refused = report["refused"].as_array().expect("a list");
    refused.iter().map(|row| format!("{} {}", row["row"], row["message"].as_str().expect("text"))).collect()
}

#[tokio::test]
async fn what_is_no_file_of_objects_is_refused() {
    let product = Product::new().await;
    let twice = [form(b"title\na\n").strip_suffix(b"--b--\r\n").expect("an end"), &form(b"title\nb\n")].concat();
    for (body, refusal, expected) in [
        (b"--b--\r\n".to_vec(), INVALID, "uploadFile is required"),
        (twice, INVALID, "uploadFile must be one file"),
        (form(b""), NO_FILE, "the file is empty"),
        (form(b"\xef\xbb\xbf \n"), NO_FILE, "the file is empty"),
        (form(b"\xff\xfet\0i\0"), NO_FILE, "the file is UTF-16; save it as UTF-8"),
        (form(b"\xd0\xcf\x11\xe0\xa1\xb1"), NO_FILE, "the file is an old or an encrypted spreadsheet"),
        (form(b"\x7fELF\0\0"), NO_FILE, "the file is none of CSV, JSON and XLSX"),
        (form(b"PK\x03\x04 cut off"), NO_FILE, "the file is damaged"),
        (form(b"name;severity\n"), NO_FILE, "the first row must name fields of Alert, for example title"),
        (form(b"title,severity,title\n"), NO_FILE, "the first row names the column 'title' twice"),
        (form(b"title,\xc8\xcb\n"), NO_FILE, "column 2 is not UTF-8"),
        (form(b"title\n\"never\nends\n"), NO_FILE, "row 2 has a quote that is not closed"),
        (form(b"[{\"title\": \"a\""), NO_FILE, "the JSON array is not closed"),
        (
            form(b"{\n\"title\": \"a\"\n}"),
            NO_FILE,
            "the file must be a JSON array of objects, or hold an object a line",
        ),
    ] {
        let (status, code, message) = product.import_refused(body).await;
        assert_eq!((status, code.as_str()), refusal, "{message}");
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
    let json = Call::new("POST", &product.soc("alerts/import")).header("x-auth-token", "admin");
    let (status, _, message) =
        product.upload(json.header("content-type", "application/json").body("[]")).await.failure();
    assert_eq!((status, message.as_str()), (400, "Content-Type must be multipart/form-data with a boundary"));
    assert_eq!(product.alerts().await, json!({}));
}

#[tokio::test]
async fn rows_that_are_wrong_are_told_and_the_others_imported() {
    let product = Product::new().await;
    let known = product.alert(json!({ "title": "known" })).await["id"].as_str().expect("an id").to_owned();
    let file = format!(
        "title,severity,count,environment.region_id,network_list,id,,own\n\
         a,Low,7,r,\"[{{\"\"src_port\"\":443}}]\",,,1.10\n\
         ,Awful,many,,,,,\n\
         b,,,,5,,,\n\
         \n\
         c,,,,,not-an-id,,\n\
         d,,,,,{known},,\n\
         e,,,,,,stray,\n\
         f,,,,,,,,beyond\n\
         \"g\n\r\n\"\"g\"\"\",High\n"
    );
    let report = product.import("alerts", file.as_bytes()).await;
    assert_eq!(keys(&report), sorted("ids imported refused refused_total"));
    no_null(&report);
    assert_eq!((&report["imported"], &report["refused_total"]), (&json!(2), &json!(6)));
    let messages = messages(&report);
    for (message, expected) in messages.iter().zip([
        "3 data_object.severity must be one of: Tips, Low, Medium, High, Fatal; data_object.count must be a whole number; \
         data_object.title is required",
        "4 data_object.network_list must be a list of objects",
        "5 id must be a UUID",
        &format!("6 id: a data object {known} exists in this workspace"),
        "7 column 7 has no name in the first row, so it must be empty",
        "8 column 9 has no name in the first row, so it must be empty",
    ]) {
        assert_eq!(message, expected);
    }
    let first = product.alert_data(&report["ids"][0]).await;
    assert_eq!(
        (&first["title"], &first["count"], &first["environment"]),
        (&json!("a"), &json!(7), &json!({"region_id": "r"}))
    );
    assert_eq!((&first["network_list"], first["own"].to_string()), (&json!([{"src_port": 443}]), "1.10".to_owned()));
    assert_eq!(product.alert_data(&report["ids"][1]).await["title"], "g\n\r\n\"g\"");

    let chinese = Call::new("POST", &product.soc("alerts/import")).header("x-auth-token", "admin");
    let chinese = chinese.header("x-language", "zh-cn").header("content-type", "multipart/form-data; boundary=b");
    let answer = product.upload(chinese.body(form(b"{\"title\":\"a\"}\n{\"severity\":\"Low\"}\n[]\n"))).await.json();
    assert_eq!(messages_of(&answer), ["2 data_object.title为必填项", "3 必须是JSON对象，而不是list"]);
}

fn messages_of(answer: &Value) -> Vec<String> {
    messages(&answer["data"])
}

#[tokio::test]
async fn an_import_that_breaks_off_tells_what_it_has_done() {
    let product = Product::new().await;
    let lines = "a\n".repeat(600) + "\"never ends";
    let report = product.import("alerts", format!("title\n{lines}").as_bytes()).await;
    assert_eq!((&report["imported"], &report["refused_total"]), (&json!(600), &json!(1)));
    assert_eq!(messages(&report), ["602 the rest of the file cannot be read: row 602 has a quote that is not closed"]);
    let many = "title,count\n".to_owned() + &"a,x\n".repeat(1_500);
    let report = product.import("alerts", many.as_bytes()).await;
    assert_eq!((&report["imported"], &report["refused_total"]), (&json!(0), &json!(1_500)));
    assert_eq!(messages(&report).len(), 1_000);
}

#[tokio::test]
async fn what_is_exported_is_imported_again_without_loss() {
    let product = Product::new().await;
    let text = r#"{"data_object":{
        "title": "=HYPERLINK(\"http://x\")", "severity": "High", "simulation": true, "confidence": "80", "count": 3,
        "description": "a, \"b\"\r\n'c' _x0041_ \u0000", "big": 12345678901234567890123, "precise": 1.10, "nothing": null,
        "network_list": [{"src_ip": "10.0.0.1", "src_port": 443, "x": {"y": [1, {}]}}], "resource_list": [{"tags": "a=b"}],
        "first_observed_time": "2023-04-18T13:00:00.000Z+0800", "last_observed_time": 1681794000250, "own.key": [[]],
        "environment": {"region_id": "", "own": -0.5}, "handle_status": "Closed", "owner": "", "json:x": "json:1"
    }}"#;
    let created = product.raw("admin", "POST", &product.soc("alerts"), text).await.json()["data"].clone();
    let plain = product.alert(json!({ "title": "-1" })).await;
    let before = product.alerts().await;
    for format in ["XLSX", "csv", "JSON"] {
        let (file, name, _) = product.export("alerts", json!({ "format": format })).await;
        assert_eq!(name, format!("attachment; filename=\"alert.{}\"", format.to_lowercase()));
        let report = product.import("alerts", &file).await;
        assert_eq!((&report["imported"], &report["refused_total"]), (&json!(0), &json!(2)), "{format}: {report}");

        let ids = json!({ "batch_ids": [created["id"], plain["id"]] });
        product.ok("DELETE", &product.soc("alerts"), Some(ids)).await;
        let report = product.import("alerts", &file).await;
        assert_eq!(report["ids"], json!([plain["id"], created["id"]]), "{format}: {report}");
        let after = product.alerts().await;
        assert_eq!(after, before, "{format}");
        assert_eq!(after.to_string().matches("12345678901234567890123").count(), 1);
        assert_eq!(after.to_string().matches("1.10").count(), 1);
    }
}

#[tokio::test]
async fn an_export_holds_what_is_asked_for() {
    let product = Product::new().await;
    for (title, severity) in [("a", "Low"), ("b", "High"), ("c", "High")] {
        product.alert(json!({ "title": title, "severity": severity, "environment": { "region_id": "r" } })).await;
    }
    let search = json!({
        "condition": { "conditions": [{ "name": "s", "data": ["severity", "=", "High"] }], "logics": ["s"] },
        "sort_by": "create_time", "order": "ASC",
    });
    let title = json!(["title", "environment.region_id", "missing"]);
    let export = async |filter: &Value, format: &str| {
        let body = json!({ "data_object_filters_form": filter, "title": title, "format": format });
        let (file, _, kind) = product.export("alerts", body).await;
        (String::from_utf8(file).expect("UTF-8"), kind)
    };
    let head = "\u{feff}title,environment.region_id,missing\r\n";
    let (csv, kind) = export(&search, "CSV").await;
    assert_eq!((csv, kind.as_str()), (format!("{head}b,r,\r\nc,r,\r\n"), "text/csv; charset=utf-8"));
    let (json, kind) = export(&search, "JSON").await;
    let row = |title| format!("{{\"title\":\"{title}\",\"environment\":{{\"region_id\":\"r\"}}}}");
    assert_eq!((json, kind.as_str()), (format!("[\n{},\n{}\n]\n", row("b"), row("c")), "application/json"));
    let (page, _) = export(&json!({ "limit": 1, "offset": 1, "order": "asc" }), "CSV").await;
    assert_eq!(page, format!("{head}b,r,\r\n"));
    let none = json!({ "to_date": "2000-01-01" });
    assert_eq!(export(&none, "CSV").await.0, head);
    assert_eq!(export(&none, "JSON").await.0, "[]\n");

    // Without a limit all that there are, and not the page of a search.
    product.import("alerts", ("title\n".to_owned() + &"x\n".repeat(1_200)).as_bytes()).await;
    let (all, _) = export(&json!({}), "CSV").await;
    assert_eq!(all.lines().count(), 1 + 3 + 1_200);
    let acts = product.acts().await;
    assert_eq!(acts.iter().filter(|(action, _)| action == "alert.export").count(), 6);

    for (body, expected) in [
        (json!({ "format": "PDF" }), "format must be one of: XLSX, CSV, JSON"),
        (json!({ "action": "exportAll" }), "action must be one of: exportDataObject, exportTemplate"),
        (json!({ "title": ["a", "a"] }), "title names 'a' twice"),
        (json!({ "title": [""] }), "title[0] must have 1 to 256 characters"),
        (json!({ "title": vec!["x"; 501] }), "title must have at most 500 fields"),
        (json!({ "data_object_filters_form": { "from_date": "soon" } }), "from_date must be a time like"),
    ] {
        let message = product.refused("POST", &product.soc("alerts/export"), Some(body), INVALID).await;
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
}

#[tokio::test]
async fn a_template_is_filled_in_and_imported() {
    let product = Product::new().await;
    for (class, name) in [
        ("alerts", "alert"),
        ("incidents", "incident"),
        ("indicators", "indicator"),
        ("vulnerability", "vulnerability"),
    ] {
        let (file, disposition, kind) = product.file("GET", &format!("{class}/template/download"), None).await;
        assert_eq!(disposition, format!("attachment; filename=\"{name}-template.xlsx\""));
        assert_eq!(kind, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
        let report = product.import(class, &file).await;
        assert_eq!((&report["imported"], &report["refused_total"]), (&json!(0), &json!(0)), "{class}: {report}");
    }
    let (file, ..) = product.file("GET", "alerts/template/download?format=csv", None).await;
    let template = String::from_utf8(file).expect("UTF-8");
    let lines: Vec<&str> = template.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 2, "{template}");
    let head: Vec<&str> = lines[0].split(',').collect();
    for (name, is_there) in
        [("title", true), ("severity", true), ("environment.region_id", true), ("id", false), ("ttr", false)]
    {
        assert_eq!(head.contains(&name), is_there, "{name}");
    }
    assert!(lines[1].starts_with('#') && lines[1].contains("required; text"), "{template}");
    assert!(lines[1].contains("\"one of: Tips, Low, Medium, High, Fatal\""), "{template}");
    let filled = format!(
        "{}{}{}\n",
        template,
        ",".repeat(head.iter().position(|name| *name == "title").expect("there")),
        "mine"
    );
    let report = product.import("alerts", filled.as_bytes()).await;
    assert_eq!((&report["imported"], &report["refused_total"]), (&json!(1), &json!(0)), "{report}");
    assert_eq!(product.alert_data(&report["ids"][0]).await["title"], "mine");

    let body = json!({ "action": "exportTemplate", "format": "JSON" });
    let (file, disposition, _) = product.export("resources", body).await;
    assert_eq!(disposition, "attachment; filename=\"resource-template.json\"");
    let template: Value = serde_json::from_slice(&file).expect("JSON");
    assert_eq!(template[0]["name"].as_str().map(|hint| hint.contains("required; text")), Some(true), "{template}");
    let uri = product.soc("alerts/template/download?format=PDF");
    product.refused("GET", &uri, None, INVALID).await;
}

#[tokio::test]
async fn objects_of_any_class_come_and_go_in_files() {
    let product = Product::new().await;
    let report = product.import("resources", b"name,type\nweb-1,vm\nweb-2,vm\n").await;
    assert_eq!(report["imported"], 2);
    let (file, ..) = product.export("resources", json!({ "format": "CSV", "title": ["name"] })).await;
    assert_eq!(String::from_utf8(file).expect("UTF-8"), "\u{feff}name\r\nweb-2\r\nweb-1\r\n");
    let answer = product.post_file("admin", "nothings/import", form(b"name\na\n")).await.failure();
    assert_eq!((answer.0, answer.1.as_str()), (400, "SecMaster.20040402"));
}

#[tokio::test]
async fn files_are_for_those_who_have_the_permission() {
    let product = Product::new().await;
    product.ok("POST", &product.soc("incidents"), object(json!({ "title": "t" }))).await;
    let mut templates = Vec::new();
    for class in ["alerts", "incidents", "indicators", "vulnerability", "resources"] {
        let (import, export) = (format!("{class}/import"), format!("{class}/export"));
        for (client, refusal) in [
            ("nobody", (403, "SecMaster.20010002")),
            ("reader", (403, "SecMaster.20010002")),
            ("stranger", (403, "SecMaster.20010003")),
            ("who", (401, "APIGW.0301")),
        ] {
            let (status, code, _) = product.post_file(client, &import, form(b"title\na\n")).await.failure();
            assert_eq!((status, code.as_str()), refusal, "{client} {import}");
            let answer = product.call(client, "POST", &product.soc(&export), Some(json!({}))).await.failure();
            assert_eq!((answer.0, answer.1.as_str()), refusal, "{client} {export}");
        }
        if class != "resources" {
            templates.push(("GET", product.soc(&format!("{class}/template/download"))));
        }
    }
    product.guarded(&templates).await;
}
