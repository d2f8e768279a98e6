import { readFileSync } from 'node:fs';
import type { ClientEnvironment } from '../config.ts';
import { CommandError, type Terminal } from './terminal.ts';

/** Sends requests: global fetch, or an application in a test. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The server a command speaks with, as a key or as a person. */
export interface Server {
  url: string;
  /** Asks and reads JSON. @throws CommandError in one line when refused or unreachable */
  json<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Asks for anything; a refusal is thrown too. */
  send(method: string, path: string, init?: RequestInit): Promise<Response>;
}

interface Problem {
  detail?: string;
  code?: string;
  errors?: { in?: string; pointer?: string; detail?: string }[];
}

/** Speaks with the server by the key of the environment. */
export function keyServer(env: ClientEnvironment, fetch: Fetch): Server {
  if (!env.key) {
    throw new CommandError(
      'No key: set FIELDFIX_KEY or FIELDFIX_KEY_FILE. An administrator makes keys under Settings, API keys.',
    );
  }
  return makeServer(env.url, fetch, { authorization: `Bearer ${env.key}` });
}

function makeServer(url: string, fetch: Fetch, headers: Record<string, string>): Server {
  async function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const response = await reach(url, fetch, `/api/v1${path}`, {
      ...init,
      method,
      headers: { ...headers, ...init.headers },
    });
    if (response.ok) return response;
    throw new CommandError(await problemLine(response));
  }
  return {
    url,
    send,
    async json<T>(method: string, path: string, body?: unknown): Promise<T> {
      const init =
        body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      // The answers' shapes are the server's schemas; both come from one source.
      return (await (await send(method, path, init)).json()) as T;
    },
  };
}

async function reach(url: string, fetch: Fetch, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url + path, { redirect: 'manual', ...init });
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message;
    throw new CommandError(`No server answers at ${url} (${cause}). Is FIELDFIX_URL right, and does it run?`);
  }
}

async function problemLine(response: Response): Promise<string> {
  const text = await response.text();
  let problem: Problem;
  try {
    problem = JSON.parse(text) as Problem;
  } catch {
    return `The server answered ${response.status}, and not as Fieldfix does. Is FIELDFIX_URL right?`;
  }
  const line = problem.detail ?? problem.code ?? `The server answered ${response.status}.`;
  const places = (problem.errors ?? [])
    .filter((one) => one.detail && !line.includes(one.detail))
    .map((one) => `${one.pointer}: ${one.detail}`);
  return [line, ...places].join(' ');
}

/** A person's session, with what they type to sign. */
export interface Person {
  server: Server;
  /** What a signature asks for again. */
  credential(): Promise<{ password: string; code?: string }>;
}

/**
 * Signs a person in as the page does: e-mail, password, and the code of their app when the account has one. For what no
 * key may do.
 */
export async function personServer(
  env: ClientEnvironment,
  fetch: Fetch,
  terminal: Terminal,
  as: string | undefined,
): Promise<Person> {
  const email = as ?? env.email ?? (await terminal.ask('E-mail: '));
  if (!email) throw new CommandError('A person has to do this, not a key: say who by --as E-MAIL or FIELDFIX_EMAIL.');
  const password = readPassword(env) ?? (await terminal.ask('Password: ', true));
  if (!password) throw new CommandError('No password: run this in a terminal, or set FIELDFIX_PASSWORD_FILE.');
  const jar = new Map<string, string>();
  let answer = await postForm(env.url, fetch, jar, '/sign-in', { email, password });
  let coded = false;
  if (answer.status === 303 && answer.headers.get('location')?.startsWith('/sign-in/code')) {
    coded = true;
    answer = await postForm(env.url, fetch, jar, '/sign-in/code', {
      code: await askCode(terminal, 'Code of your app: '),
    });
  }
  if (answer.status === 429)
    throw new CommandError('Too many wrong attempts. Wait a quarter of an hour and try again.');
  if (answer.status !== 303) throw new CommandError('The server did not accept this e-mail, password or code.');
  const headers = { cookie: cookieText(jar), origin: new URL(env.url).origin };
  return {
    server: makeServer(env.url, fetch, headers),
    async credential() {
      if (!coded) return { password };
      return { password, code: await askCode(terminal, 'The next code of your app, to sign (each works once): ') };
    },
  };
}

function readPassword(env: ClientEnvironment): string | undefined {
  if (!env.passwordFile) return undefined;
  try {
    return readFileSync(env.passwordFile, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new CommandError(`FIELDFIX_PASSWORD_FILE cannot be read (${(error as { code?: string }).code}).`);
  }
}

async function askCode(terminal: Terminal, question: string): Promise<string> {
  const code = await terminal.ask(question);
  if (!code) throw new CommandError('This account asks for a code: run the command in a terminal.');
  return code;
}

async function postForm(
  url: string,
  fetch: Fetch,
  jar: Map<string, string>,
  path: string,
  form: Record<string, string>,
): Promise<Response> {
  const answer = await reach(url, fetch, path, {
    method: 'POST',
    body: new URLSearchParams(form).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: new URL(url).origin,
      cookie: cookieText(jar),
    },
  });
  for (const line of answer.headers.getSetCookie()) {
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    jar.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return answer;
}

function cookieText(jar: ReadonlyMap<string, string>): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}
