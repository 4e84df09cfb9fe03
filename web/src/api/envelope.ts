// The envelope that Prometheus and Loki put around their answers, and the error that every answer without success becomes.

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly kind = '',
  ) {
    super(message);
  }
}

interface Envelope<T> {
  status: string;
  data?: T;
  error?: string;
  errorType?: string;
}

/** The `data` of an answer; an ApiError with the server's own words where there is none. */
export function unwrap<T>(text: string, status: number): T {
  let envelope: Envelope<T>;
  try {
    envelope = JSON.parse(text) as Envelope<T>;
  } catch {
    throw new ApiError(text.trim().slice(0, 500) || `HTTP ${status}`, status);
  }
  if (status >= 300 || envelope.status !== 'success' || envelope.data === undefined)
    throw new ApiError(envelope.error ?? `HTTP ${status}`, status, envelope.errorType);
  return envelope.data;
}
