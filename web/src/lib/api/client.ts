// One typed call for the whole interface. Paths, parameters, bodies and answers come from api/openapi.yaml.
// Module state: the CSRF token of the session and the server clock's offset, both set here alone.
import type { paths } from './schema.gen';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type JsonOf<R> = R extends { content: { 'application/json': infer Body } } ? Body : void;
type Answer<O> = O extends { responses: infer R }
  ? R extends { 200: infer A } ? JsonOf<A> : R extends { 201: infer A } ? JsonOf<A> : void
  : never;
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? Q : never;
type PathOf<O> = O extends { parameters: { path: infer P } } ? P : never;
type BodyOf<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;

interface CallOptions<O> {
  query?: QueryOf<O>;
  path?: PathOf<O>;
  body?: BodyOf<O>;
  signal?: AbortSignal;
}

/** What the server said went wrong, or `network` when it did not answer. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly where: string[] = [],
    readonly requestId = '',
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

let csrfToken = '';
let clockOffset = 0;
const signedOut = new Set<() => void>();

export function setCsrfToken(token: string): void { csrfToken = token; }
/** Milliseconds since the epoch by the server's clock, so that countdowns agree with it. */
export function serverNow(): number { return Date.now() + clockOffset; }
/** Called when a call finds the session gone. Returns the way to stop listening. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => { signedOut.delete(listener); };
}

function address(path: string, pathValues: Record<string, unknown> = {}, query: Record<string, unknown> = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(pathValues[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    search.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

async function failure(response: Response): Promise<ApiError> {
  const requestId = response.headers.get('X-Request-Id') ?? '';
  const retryAfter = Number(response.headers.get('Retry-After')) || undefined;
  try {
    const error = await response.json() as { code?: string; message?: string; where?: string[]; request_id?: string };
    return new ApiError(response.status, error.code ?? 'internal', error.message ?? response.statusText, error.where, error.request_id ?? requestId, retryAfter);
  } catch {
    return new ApiError(response.status, 'internal', response.statusText || `HTTP ${response.status}`, [], requestId, retryAfter);
  }
}

export async function call<P extends keyof paths, M extends Method & keyof paths[P]>(
  method: M, path: P, options: CallOptions<paths[P][M]> = {},
): Promise<Answer<paths[P][M]>> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'get') headers['X-CSRF-Token'] = csrfToken;
  let response: Response;
  try {
    response = await fetch(address(path, options.path as Record<string, unknown>, options.query as Record<string, unknown>), {
      method: method.toUpperCase(), headers, signal: options.signal ?? null, credentials: 'same-origin',
      body: options.body === undefined ? null : JSON.stringify(options.body),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'network', error instanceof Error ? error.message : String(error));
  }
  const date = Date.parse(response.headers.get('Date') ?? '');
  // The header has whole seconds: half a second is the best guess, and small offsets are not worth a jump.
  if (!Number.isNaN(date)) {
    const offset = date + 500 - Date.now();
    clockOffset = Math.abs(offset) > 2000 ? offset : 0;
  }
  if (!response.ok) {
    const error = await failure(response);
    if (error.status === 401 && path !== '/api/v1/session') for (const listener of signedOut) listener();
    throw error;
  }
  if (response.status === 204) return undefined as Answer<paths[P][M]>;
  return await response.json() as Answer<paths[P][M]>;
}
