"""Makes the spans of this folder by the real SDK and prints them in the form that is asked for: console, lines or protobuf."""

import sys

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, set_span_in_context


class Ids(IdGenerator):
    spans = 0

    def generate_trace_id(self):
        return 0x4BF92F3577B34DA6A3CE929D0E0E4736

    def generate_span_id(self):
        self.spans += 1
        return int(f"00f067aa0ba902{self.spans:02d}", 16)


form = sys.argv[1]
memory = InMemorySpanExporter()
exporter = {
    "console": ConsoleSpanExporter(),
    "lines": ConsoleSpanExporter(formatter=lambda span: span.to_json(indent=None) + "\n"),
}.get(form, memory)
resource = Resource({"service.name": "reports", "host.cpus": [1, 2]})
provider = TracerProvider(resource=resource, id_generator=Ids())
provider.add_span_processor(SimpleSpanProcessor(exporter))
tracer = provider.get_tracer("reports-agent", "1.2.3")


def at(millis):
    return (1_767_225_600_000 + millis) * 1_000_000


agent = tracer.start_span(
    "invoke_agent assistant",
    start_time=at(0),
    attributes={
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "assistant",
        "attribution.principal.id": "kai@contoso.com",
        "attribution.principal.type": "human",
        "attribution.actor.chain": ["planner", "assistant"],
        "attribution.intent.summary": "send \"the weekly report\" to the board, it's due\nand mind the `draft`",
        "gen_ai.input.messages": "the report " * 40,
        "app.attempt": 3,
        "app.ratio": float("inf"),
        "app.urgent": True,
        "app.bytes": 9_007_199_254_740_991,
    },
)
tool = tracer.start_span(
    "execute_tool sendMail",
    context=set_span_in_context(agent),
    start_time=at(1),
    links=[Link(agent.get_span_context(), {"why": ["retry"]})],
    attributes={
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "sendMail",
        "attribution.context.id": "mail-connector",
        "attribution.decision.outcome": "deny",
        "attribution.authority.scopes": ["mail.send", "mail.read"],
    },
)
effect = tracer.start_span(
    "POST",
    context=set_span_in_context(tool),
    kind=SpanKind.CLIENT,
    start_time=at(2),
    attributes={"server.address": "mail.internal", "server.port": 443},
)
effect.add_event("sent", {"to": ["board@contoso.com"]}, at(3))
effect.set_status(Status(StatusCode.OK))
effect.end(at(4))
tool.set_status(Status(StatusCode.ERROR, "no answer"))
tool.end(at(5))
agent.end(at(6))

if exporter is memory:
    sys.stdout.buffer.write(encode_spans(memory.get_finished_spans()).SerializeToString())
