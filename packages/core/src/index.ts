export { createEventBus, type EventBusOptions } from './bus/create-event-bus.ts'
export type { EventBus } from './bus/event-bus.ts'
export { type MemoryTransportOptions, memoryTransport } from './bus/memory-transport.ts'
export { MessageInvalid } from './bus/message-invalid.ts'
export { type Contract, defineContract } from './contracts/define-contract.ts'
export { type AnyEventType, type ConsumedEvent, defineEvent, type EventOptions, type EventType } from './contracts/define-event.ts'
export {
  type Access,
  type AnyOperation,
  command,
  type DefineOperation,
  type ErrorDetails,
  type HttpRoute,
  type Operation,
  type OperationOptions,
  query,
  type TypesOf,
} from './contracts/define-operation.ts'
export { refuseUnknownFields } from './contracts/refuse-unknown-fields.ts'
export { appendPath, type OutputOf, parse, parseNow, type Schema, type SchemaResult } from './contracts/schema.ts'
export { checkAppend, keyFault, logLimits } from './envelope/check-append.ts'
export { encodeData } from './envelope/encode-data.ts'
export { type JsonFault, jsonFault } from './envelope/json-fault.ts'
export { derivedId, newId } from './envelope/new-id.ts'
export { sameContent } from './envelope/same-content.ts'
export { type CloudEvent, toCloudEvent } from './envelope/to-cloud-event.ts'
export { unknownFields } from './envelope/unknown-fields.ts'
export { ContractViolation, DefinitionInvalid, EventNotOwned, EventNotReplayable, type Fault } from './errors/contract-errors.ts'
export {
  CommitOutcomeUnknown,
  MigrationChanged,
  ReadOnlyTransaction,
  StatementFailed,
  StatementRefused,
  TransactionConflict,
  TransactionEnded,
} from './errors/ledger-errors.ts'
export {
  AppendOutcomeUnknown,
  EncodingUnknown,
  EventIdReused,
  EventInvalid,
  EventTooLarge,
  FormatUnknown,
  LogTruncated,
  StoreClosed,
  StoreDamaged,
  StoreOverloaded,
  StoreUnavailable,
  StoreUnsuitable,
} from './errors/log-errors.ts'
export {
  CallInsideTransaction,
  CommandStillRunning,
  HandlerFinished,
  HandlerTimedOut,
  IdempotencyKeyReused,
  OperationFailed,
  OperationUnknown,
  OutputInvalid,
  RequestFailed,
  RequestTimedOut,
  ServiceUnavailable,
} from './errors/request-errors.ts'
export { TidingsError } from './errors/tidings-error.ts'
export type { Authentication, AuthenticationRequest, Authenticator, Principal, Refusal } from './ports/authenticator.ts'
export { checkRange } from './ports/check-range.ts'
export { checkReadQuery } from './ports/check-read-query.ts'
export type { EventLog, LogCapabilities, NewEvent, Position, ReadQuery, ReadResult, StoredEvent } from './ports/event-log.ts'
export type {
  DatabaseContext,
  Json,
  Ledger,
  LedgerCapabilities,
  LedgerRange,
  LedgerReader,
  LedgerRow,
  LedgerTransaction,
  ServiceDatabase,
} from './ports/ledger.ts'

export { matchesWhere } from './ports/matches-where.ts'
export type { Grant, Reach } from './ports/reach.ts'
export type { Readiness } from './ports/readiness.ts'

export type { PolicyCall, RequestPolicy, Send } from './ports/request-policy.ts'

export type { OperationAnswer, OperationRequest, RequestClient, RequestServer, ServedSystem } from './ports/requests.ts'
export type { Clock, Logger, Random, Runtime } from './ports/runtime.ts'
export type { Transport, TransportCapabilities, TransportMessage } from './ports/transport.ts'
export { accessRefusal } from './requests/answering/access-refusal.ts'
export { answerRequest } from './requests/answering/answer-request.ts'
export { encodeOutput } from './requests/answering/encode-output.ts'
export { readInput } from './requests/answering/read-input.ts'
export { toAnswer } from './requests/answering/to-answer.ts'
export type { CallOptions, Client } from './requests/asking/client.ts'
export { type ClientOptions, createClient, type PreparedRequest } from './requests/asking/create-client.ts'
export { type DetailOf, isFailure } from './requests/asking/is-failure.ts'
export { readAnswer } from './requests/asking/read-answer.ts'
export { requestLimits } from './requests/asking/request-limits.ts'
export { type RequestPolicyOptions, requestPolicy } from './requests/policy/request-policy.ts'
export { systemRuntime } from './runtime/system-runtime.ts'
export type { ConsumerOptions } from './service/consumer-options.ts'
export type {
  Context,
  CopyTable,
  FailArguments,
  Handlers,
  InOf,
  Meta,
  OperationContext,
  ReactionContext,
} from './service/context.ts'
export { defineService, type Service, type ServiceBuilder, type ServiceOptions } from './service/define-service.ts'
export type { CopyInto, CopyRemoval, CopyWrite, Reaction, Subscription } from './service/subscription.ts'
export type { Timer, TimerOptions } from './service/timer.ts'
export { errorTypeOf } from './telemetry/error-type.ts'
export { DurationHistogram, type GaugeDescription, observeGauges, type ReportFigure } from './telemetry/measure.ts'
export { activeServerSpan, isTracing, type SpanOptions, startSpan, type WorkSpan } from './telemetry/start-span.ts'
export { readTraceContext, spanContextOf, type TraceContext } from './telemetry/trace-context.ts'
