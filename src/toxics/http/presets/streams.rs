//! Presets of events inside a streaming answer, for `modify_body`.

use super::preset::Preset;

const EMPTY: Preset = Preset {
    name: "",
    about: "",
    kind: "modify_body",
    status: 200,
    retry_after: None,
    fields: &[],
    body: "",
};

pub(super) const EVENTS: &[Preset] = &[
    // openai-python raises an APIError for an event whose data has a member `error` (`_streaming.py`).
    Preset {
        name: "openai-stream-error",
        about: "OpenAI: an error event inside a streaming answer",
        body: "data: {\"error\":{\"message\":\"The server had an error while processing your request. Sorry about that!\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n",
        ..EMPTY
    },
    // https://docs.anthropic.com/en/docs/build-with-claude/streaming#error-events
    Preset {
        name: "anthropic-stream-error",
        about: "Anthropic: an overloaded_error event inside a streaming answer",
        body: "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
        ..EMPTY
    },
    // A google.rpc.Status in place of a chunk, as its unary errors are.
    Preset {
        name: "gemini-stream-error",
        about: "Gemini: an UNAVAILABLE error inside a streaming answer",
        body: "data: {\"error\":{\"code\":503,\"message\":\"The model is overloaded. Please try again later.\",\"status\":\"UNAVAILABLE\"}}\n\n",
        ..EMPTY
    },
    // https://openrouter.ai/docs/api-reference/streaming#handling-errors-during-streaming
    Preset {
        name: "openrouter-stream-error",
        about: "OpenRouter: a provider that disconnects inside a streaming answer",
        body: "data: {\"id\":\"gen-0\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"unknown\",\"provider\":\"unknown\",\"error\":{\"code\":\"server_error\",\"message\":\"Provider disconnected unexpectedly\"},\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n",
        ..EMPTY
    },
];
