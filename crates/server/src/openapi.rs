//! The OpenAPI 3.1 document: collected from the routes, with what all operations share added once.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, Header, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Response,
    ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use wire::envelope::ErrorBody;
use wire::iam::IamErrorBody;

use crate::app::Routes;
use crate::routes;

const TOKEN: &str = "X-Auth-Token";
const SIGNATURE: &str = "AccessKey";

/// The failures that every operation can answer: status, name of the response, sentence, whether it needs credentials.
const FAILURES: [(&str, &str, &str, bool); 7] = [
    ("400", "BadRequest", "The request is wrong, or the thing it names does not exist.", false),
    ("401", "Unauthorized", "Credentials are missing or do not hold.", true),
    ("403", "Forbidden", "The caller may not do this.", true),
    ("413", "TooLarge", "The body is larger than the route allows.", false),
    ("429", "TooManyRequests", "Too many requests at once.", false),
    ("500", "InternalError", "A defect of the server.", false),
    ("503", "Unavailable", "Something that the server needs does not answer.", false),
];

/// The document of the server's own routes: pretty, in a stable order, with a newline at the end.
pub fn openapi() -> String {
    pretty(&document(&routes::all()))
}

/// The text of a document: in a stable order, with a newline at the end.
pub(crate) fn pretty(document: &OpenApi) -> String {
    let mut text = serde_json::to_string_pretty(document).expect("the document has only text keys");
    text.push('\n');
    text
}

/// The document of any routes.
pub fn document<S>(routes: &Routes<S>) -> OpenApi
where
    S: Clone + Send + Sync + 'static,
{
    let mut document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Muster")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(DESCRIPTION))
                .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
                .build(),
        )
        .components(Some(components()))
        .security(Some(vec![
            SecurityRequirement::new(TOKEN, Vec::<String>::new()),
            SecurityRequirement::new(SIGNATURE, Vec::<String>::new()),
        ]))
        .build();
    for (router, protected) in [(&routes.open, false), (&routes.protected, true), (&routes.uploads, true)] {
        let mut part = router.get_openapi().clone();
        for (path, item) in &mut part.paths.paths {
            let keystone = path.starts_with("/v3");
            operations(item).for_each(|operation| complete(operation, keystone, protected));
        }
        for (path, item) in part.paths.paths {
            match document.paths.paths.get_mut(&path) {
                Some(have) => have.merge_operations(item),
                None => {
                    document.paths.paths.insert(path, item);
                }
            }
        }
        if let (Some(ours), Some(theirs)) = (&mut document.components, part.components) {
            ours.schemas.extend(theirs.schemas);
        }
    }
    document
}

const DESCRIPTION: &str = "The SecMaster SOC contract (`/v1`), Keystone identity (`/v3`) and Muster's own calls. \
Every answer has the header `X-request-id`. Send `X-Language: zh-cn` for messages in Chinese.";

fn components() -> Components {
    let mut components = Components::new();
    let token = ApiKey::Header(ApiKeyValue::with_description(TOKEN, "A token from `POST /v3/auth/tokens`."));
    components.add_security_scheme(TOKEN, SecurityScheme::ApiKey(token));
    let signature = ApiKey::Header(ApiKeyValue::with_description(
        "Authorization",
        "A signature with an access key: `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`, or \
         `V11-HMAC-SHA256 Credential=…` with a derived key. The vendor's SDKs make it. `host` and `x-sdk-date` must be \
         signed, and the date must be within 15 minutes of the server's clock.",
    ));
    components.add_security_scheme(SIGNATURE, SecurityScheme::ApiKey(signature));
    for (name, schema) in [
        (ErrorBody::name(), ErrorBody::schema()),
        (IamErrorBody::name(), IamErrorBody::schema()),
        (wire::iam::IamErrorOut::name(), wire::iam::IamErrorOut::schema()),
    ] {
        components.schemas.insert(name.into_owned(), schema);
    }
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String).build());
    header.description = Some("The id of the request.".to_owned());
    components.headers.insert("RequestId".to_owned(), RefOr::T(header));
    for (_, name, sentence, _) in FAILURES {
        components.responses.insert(name.to_owned(), failure(sentence, &ErrorBody::name()).into());
        components.responses.insert(format!("Iam{name}"), failure(sentence, &IamErrorBody::name()).into());
    }
    components
}

fn failure(sentence: &str, schema: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
    let mut response = ResponseBuilder::new().description(sentence).content("application/json", content).build();
    add_request_id(&mut response);
    response
}

fn add_request_id(response: &mut Response) {
    let header = RefOr::Ref(Ref::new("#/components/headers/RequestId"));
    response.headers.insert("X-request-id".to_owned(), header);
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch, &mut item.head]
        .into_iter()
        .filter_map(Option::as_mut)
}

fn complete(operation: &mut Operation, keystone: bool, protected: bool) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            add_request_id(response);
        }
    }
    for (status, name, _, needs_credentials) in FAILURES {
        if needs_credentials && !protected && !keystone {
            continue;
        }
        let name = if keystone { format!("Iam{name}") } else { name.to_owned() };
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(|| Ref::from_response_name(name).into());
    }
    if !protected {
        operation.security = Some(Vec::new());
    }
}
