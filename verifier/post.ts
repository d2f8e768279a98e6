/** Sends a code from a machine that has a network. */
import { request } from 'node:http';
import { request as requestSecure } from 'node:https';

const PATIENCE_MS = 10_000;

/** Posts a code to the server of the kit. @returns what it answered, in the language asked for; undefined: nothing */
export function postCode(server: string, code: string, language: string): Promise<string | undefined> {
  return new Promise((done) => {
    const no = () => done(undefined);
    if (!/^https?:\/\//.test(server)) {
      no();
      return;
    }
    const body = JSON.stringify({ code });
    const send = server.startsWith('https:') ? requestSecure : request;
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'accept-language': language.slice(0, 2),
    };
    const asked = send(`${server}/verifier/code`, { method: 'POST', timeout: PATIENCE_MS, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text = (text + part).slice(0, 100_000);
      });
      answer.on('error', no);
      answer.on('end', () => {
        try {
          done((JSON.parse(text) as { text: string }).text);
        } catch {
          no();
        }
      });
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', no);
    asked.end(body);
  });
}
