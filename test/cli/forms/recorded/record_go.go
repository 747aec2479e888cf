// Makes the spans of this folder by the real Go SDK and prints them by its stdouttrace exporter.
package main

import (
	"context"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

type ids struct{ spans byte }

func (g *ids) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	id, _ := trace.TraceIDFromHex("4bf92f3577b34da6a3ce929d0e0e4736")
	return id, g.NewSpanID(context.Background(), id)
}

func (g *ids) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	g.spans++
	return trace.SpanID{0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, g.spans}
}

func at(millis int64) trace.SpanEventOption { return trace.WithTimestamp(time.UnixMilli(1767225600000 + millis)) }

func main() {
	options := []stdouttrace.Option{}
	if len(os.Args) > 1 && os.Args[1] == "pretty" {
		options = append(options, stdouttrace.WithPrettyPrint())
	}
	exporter, err := stdouttrace.New(options...)
	if err != nil {
		panic(err)
	}
	provider := sdk.NewTracerProvider(
		sdk.WithSyncer(exporter),
		sdk.WithIDGenerator(&ids{}),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "reports"), attribute.IntSlice("host.cpus", []int{1, 2}))),
	)
	tracer := provider.Tracer("reports-agent", trace.WithInstrumentationVersion("1.2.3"))
	above, agent := tracer.Start(context.Background(), "invoke_agent assistant", at(0), trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "invoke_agent"),
		attribute.String("gen_ai.agent.name", "assistant"),
		attribute.String("attribution.principal.id", "kai@contoso.com"),
		attribute.String("attribution.principal.type", "human"),
		attribute.StringSlice("attribution.actor.chain", []string{"planner", "assistant"}),
		attribute.String("attribution.intent.summary", "send \"the weekly report\" to the board, it's due\nand mind the `draft`"),
		attribute.Int("app.attempt", 3), attribute.Float64("app.ratio", 0.5), attribute.Bool("app.urgent", true),
	))
	within, tool := tracer.Start(above, "execute_tool sendMail", at(1), trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "execute_tool"),
		attribute.String("gen_ai.tool.name", "sendMail"),
		attribute.String("attribution.context.id", "mail-connector"),
		attribute.String("attribution.decision.outcome", "deny"),
		attribute.StringSlice("attribution.authority.scopes", []string{"mail.send", "mail.read"}),
	))
	_, effect := tracer.Start(within, "POST", at(2), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("server.address", "mail.internal"), attribute.Int("server.port", 443)))
	effect.AddEvent("sent", at(3))
	effect.SetStatus(codes.Ok, "")
	effect.End(trace.WithTimestamp(time.UnixMilli(1767225600004)))
	tool.SetStatus(codes.Error, "no answer")
	tool.End(at(5))
	agent.End(at(6))
	_ = provider.Shutdown(context.Background())
}
