/** What joins the logs of all that take part in one request. */
export interface TraceContext {
  /** Ours, of the request that this is done for. */
  readonly requestId: string;
  /** W3C Trace Context as the caller sent it; null where it sent none. */
  readonly traceparent: string | null;
}

/** Of what is done because it is due, for no request. */
export const ownTrace = (requestId: string): TraceContext => ({ requestId, traceparent: null });
