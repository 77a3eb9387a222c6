//! Presets of answers, for `respond`.

use std::time::Duration;

use super::preset::Preset;
use crate::protocol::http::RetryAfter;

const fn seconds(seconds: u64, in_millis: bool) -> Option<RetryAfter> {
    Some(RetryAfter {
        time: Duration::from_secs(seconds),
        in_millis,
    })
}

const JSON: (&str, &str) = ("content-type", "application/json");

const EMPTY: Preset = Preset {
    name: "",
    about: "",
    kind: "respond",
    status: 503,
    retry_after: None,
    fields: &[JSON],
    body: "",
};

pub(super) const ANSWERS: &[Preset] = &[
    // https://platform.openai.com/docs/guides/rate-limits (fields),
    // https://platform.openai.com/docs/guides/error-codes (errors). openai-python reads retry-after-ms
    // before retry-after.
    Preset {
        name: "openai-rate-limit",
        about: "OpenAI: 429, too many requests a minute; ask again in 1 s",
        status: 429,
        retry_after: seconds(1, true),
        fields: &[
            JSON,
            ("x-ratelimit-limit-requests", "500"),
            ("x-ratelimit-limit-tokens", "30000"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-remaining-tokens", "29000"),
            ("x-ratelimit-reset-requests", "1s"),
            ("x-ratelimit-reset-tokens", "2s"),
            ("x-request-id", "req_00000000000000000000000000000000"),
        ],
        body: r#"{"error":{"message":"Rate limit reached for requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 1s.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
        ..EMPTY
    },
    Preset {
        name: "openai-quota",
        about: "OpenAI: 429, the account's quota is used up",
        status: 429,
        fields: &[
            JSON,
            ("x-request-id", "req_00000000000000000000000000000000"),
        ],
        body: r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
        ..EMPTY
    },
    Preset {
        name: "openai-overloaded",
        about: "OpenAI: 503, the engine is overloaded",
        status: 503,
        fields: &[
            JSON,
            ("x-request-id", "req_00000000000000000000000000000000"),
        ],
        body: r#"{"error":{"message":"The engine is currently overloaded, please try again later","type":"server_error","param":null,"code":null}}"#,
        ..EMPTY
    },
    // https://docs.anthropic.com/en/api/errors, https://docs.anthropic.com/en/api/rate-limits. Its client
    // libraries obey x-should-retry.
    Preset {
        name: "anthropic-rate-limit",
        about: "Anthropic: 429, too many requests a minute; ask again in 1 s",
        status: 429,
        retry_after: seconds(1, false),
        fields: &[
            JSON,
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", "2030-01-01T00:00:00Z"),
            ("request-id", "req_000000000000000000000000"),
            ("x-should-retry", "true"),
        ],
        body: r#"{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit. Please try again later."},"request_id":"req_000000000000000000000000"}"#,
        ..EMPTY
    },
    Preset {
        name: "anthropic-overloaded",
        about: "Anthropic: 529, the API is overloaded",
        status: 529,
        fields: &[
            JSON,
            ("request-id", "req_000000000000000000000000"),
            ("x-should-retry", "true"),
        ],
        body: r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_000000000000000000000000"}"#,
        ..EMPTY
    },
    // https://ai.google.dev/gemini-api/docs/rate-limits and /troubleshooting; the body is a
    // google.rpc.Status with QuotaFailure and RetryInfo (https://google.aip.dev/193). There is no
    // Retry-After.
    Preset {
        name: "gemini-quota",
        about: "Gemini: 429 RESOURCE_EXHAUSTED, with the delay in the body",
        status: 429,
        fields: &[("content-type", "application/json; charset=UTF-8")],
        body: r#"{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. Please retry in 1s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1s"}]}}"#,
        ..EMPTY
    },
    Preset {
        name: "gemini-overloaded",
        about: "Gemini: 503 UNAVAILABLE, the model is overloaded",
        status: 503,
        fields: &[("content-type", "application/json; charset=UTF-8")],
        body: r#"{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}"#,
        ..EMPTY
    },
    // https://learn.microsoft.com/azure/ai-services/openai/how-to/quota
    Preset {
        name: "azure-openai-throttle",
        about: "Azure OpenAI: 429, over the call rate of the deployment; ask again in 1 s",
        status: 429,
        retry_after: seconds(1, true),
        fields: &[
            JSON,
            ("apim-request-id", "00000000-0000-0000-0000-000000000000"),
            ("x-ms-region", "Sweden Central"),
            ("x-ratelimit-remaining-requests", "0"),
        ],
        body: r#"{"error":{"code":"429","message":"Requests to the ChatCompletions_Create Operation have exceeded the call rate limit of your current OpenAI pricing tier. Please retry after 1 second."}}"#,
        ..EMPTY
    },
    // https://openrouter.ai/docs/api-reference/errors, https://openrouter.ai/docs/api-reference/limits
    Preset {
        name: "openrouter-rate-limit",
        about: "OpenRouter: 429, too many requests a minute; ask again in 1 s",
        status: 429,
        retry_after: seconds(1, false),
        fields: &[
            JSON,
            ("x-ratelimit-limit", "20"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1893456000000"),
        ],
        body: r#"{"error":{"code":429,"message":"Rate limit exceeded: free-models-per-min.","metadata":{"headers":{"X-RateLimit-Limit":"20","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1893456000000"}}}}"#,
        ..EMPTY
    },
    Preset {
        name: "openrouter-no-provider",
        about: "OpenRouter: 503, no provider serves the model",
        status: 503,
        fields: &[JSON],
        body: r#"{"error":{"code":503,"message":"There is no available model provider that meets your routing requirements"}}"#,
        ..EMPTY
    },
    Preset {
        name: "openrouter-no-credits",
        about: "OpenRouter: 402, the account has no credits",
        status: 402,
        fields: &[JSON],
        body: r#"{"error":{"code":402,"message":"Insufficient credits. Add more credits and retry."}}"#,
        ..EMPTY
    },
    // https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html; the SDKs read the type
    // of the error from the field (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html).
    Preset {
        name: "bedrock-throttle",
        about: "Amazon Bedrock: 429 ThrottlingException",
        status: 429,
        fields: &[JSON, ("x-amzn-errortype", "ThrottlingException")],
        body: r#"{"message":"Too many requests, please wait before trying again."}"#,
        ..EMPTY
    },
];
