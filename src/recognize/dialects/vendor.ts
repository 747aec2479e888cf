import type { DecisionRow } from './decision-row.ts'
import type { Marker, Pattern } from './marker.ts'

/** All that is known of one vendor's spans. Everything that asks for it is built from the list in `index.ts`. */
export interface Vendor {
  /** The dialect of the spans it marks, as `attribution.span.dialect` and the metrics call it; several may share one. */
  readonly name: string
  /** Where the names below are defined, or why no address is known. */
  readonly defined: string | readonly string[] | { readonly unknown: string }
  /** Attributes that mark a span. */
  readonly marks?: readonly Mark[]
  /** Names that mark a span, for spans of a known scope, system or prefix. */
  readonly names?: readonly Named[]
  /** Several write this dialect: who it was, `producer` of the others tells. */
  readonly isShared?: true
  /** What tells this vendor where a shared convention marks the span. */
  readonly producer?: Producer
  readonly keys?: FactKeys
  /** Keys that are asked after what apps associate (`associations`). */
  readonly lateKeys?: FactKeys
  /** Keys that are asked after those of every vendor. */
  readonly lastKeys?: FactKeys
  /** What stands before a key of the app's own choosing. */
  readonly associations?: readonly string[]
  /** Where an app's own metadata is one JSON text, or an object. */
  readonly metadata?: readonly string[]
  readonly decisions?: readonly DecisionRow[]
  /** What says what is called, be it an agent or a tool: only the dialect and the kind tell which. */
  readonly entity?: { readonly key: string; readonly beside?: string }
  /** Its spans are called after the tool or the agent itself, with nothing before it. */
  readonly calledAfter?: true
  /** The words with which the name of a tool's span begins, before a space or a colon and the tool. RE2 knows these. */
  readonly toolNameIn?: readonly RegExp[]
  /** What may stand before those words. */
  readonly beforeToolNameIn?: readonly RegExp[]
  /** What such a name begins with, where the tool follows at once. */
  readonly toolNameAfter?: readonly RegExp[]
  readonly agentNameIn?: AgentNameIn
  /** Beside one of these keys, `agent.name` speaks of an agent on any span. */
  readonly agentNameBeside?: readonly string[]
  /** What is written in the place of an agent's id and is none. */
  readonly noAgentIds?: readonly string[]
  /** What is written in the place of a tool's name and is none. */
  readonly noToolNames?: readonly string[]
  /** Its instrumentation of MCP, which writes a kind of its own and no method. */
  readonly mcp?: { readonly scopes: readonly string[]; readonly kindKey: string }
  /** Spans on which `user.id` is the installation of a program. RE2 knows both. */
  readonly installation?: { readonly named: RegExp; readonly scope: RegExp }
  /** Scopes of a program that one person works with, so that a login is an identity. */
  readonly oneUser?: RegExp
  /** What bears a mark and yet ran nothing. */
  readonly ignores?: readonly Ignored[]
}

/** A row of the table of markers, without its dialect. */
export interface Mark extends Omit<Marker, 'dialect'> {
  /** Asked before the mark with this key, though its vendor comes later. */
  readonly before?: { readonly key: string; readonly why: string }
  /** Asked after everything else, and why. */
  readonly last?: string
}

export interface Named {
  /** Whole names of scopes. */
  readonly scopes?: readonly string[]
  /** What the framework writes where the conventions want the model's provider, whatever the scope. */
  readonly systems?: readonly string[]
  /** What the name of every span begins with, whatever its scope; the forms stand for the rest of it. */
  readonly prefix?: string
  readonly forms: readonly Pattern[]
}

interface Producer {
  readonly scopes?: readonly string[]
  readonly scopePrefixes?: readonly string[]
  readonly keys?: readonly string[]
  readonly systems?: readonly string[]
}

export interface FactKeys {
  /** By id, on any span. */
  readonly user?: readonly string[]
  /** An address before any pseudonym: it may differ from the id of the same user. */
  readonly userStandIn?: readonly string[]
  /** Who is logged in, where `user.id` is the installation. */
  readonly account?: readonly string[]
  readonly agentId?: readonly string[]
  readonly agentName?: readonly string[]
  readonly agentVersion?: readonly string[]
  /** On an agent's own span alone: elsewhere they often mean a monitoring agent. */
  readonly ownAgentId?: readonly string[]
  readonly ownAgentName?: readonly string[]
  readonly ownAgentVersion?: readonly string[]
  /** What is called there, be it an agent or the function that runs one. */
  readonly agentFunction?: readonly string[]
  /** The agent's own accounts in a directory. */
  readonly agentUser?: readonly string[]
  readonly tool?: readonly string[]
  /** On a tool's own span alone. */
  readonly ownTool?: readonly string[]
  readonly mcpServer?: readonly string[]
  readonly conversation?: readonly string[]
  /** The tool that a decision names. */
  readonly decidedTool?: readonly string[]
  /** The id of a tool call, on the tool's span and on what speaks of it. */
  readonly toolCall?: readonly string[]
}

/** How the name of an agent's span tells the agent, where no attribute does. */
export interface AgentNameIn {
  /** What follows the agent in the name. */
  readonly after?: RegExp
  /** The span is a program's, and nothing else in its name is an agent. */
  readonly programs?: readonly Program[]
}

interface Program {
  readonly name: string
  readonly named?: RegExp
  readonly scope: RegExp
}

interface Ignored {
  readonly key: string
  readonly values: readonly string[]
}
