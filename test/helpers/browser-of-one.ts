import type { Hono } from 'hono';
import type { Env } from '../../src/http/context.ts';

/** Cookies and forms as one person's browser keeps and sends them, against an application in this process. */
export interface Visitor {
  /** Cookies by name. */
  cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, form?: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  json(path: string, body: unknown): Promise<Response>;
}

/** @param origin where the application thinks it lives: PUBLIC_URL */
export function newVisitor(app: Hono<Env>, origin: string): Visitor {
  const cookies = new Map<string, string>();
  async function send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie) headers.set('cookie', cookie);
    const answer = await app.request(origin + path, { ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const name = pair.slice(0, at).trim();
      const ended = attributes.some((text) => /^\s*max-age=0\s*$/i.test(text)) || pair.slice(at + 1) === '';
      if (ended) cookies.delete(name);
      else cookies.set(name, pair.slice(at + 1));
    }
    return answer;
  }
  return {
    cookies,
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, form = {}, headers = {}) =>
      send(path, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { 'sec-fetch-site': 'same-origin', ...headers },
      }),
    json: (path, body) =>
      send(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
      }),
  };
}
