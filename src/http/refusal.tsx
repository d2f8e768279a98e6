import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Refusal } from '../domain/refusal.ts';
import type { C } from './context.ts';
import { hasText, translator } from './translate.ts';
import type { FormError } from './ui/form.ts';
import { MessagePage } from './ui/layout.tsx';
import { html } from './ui/page.tsx';

/** The HTTP status of a refusal: not signed in or not allowed, not there, in the way of something else, or wrong. */
export function statusOf(refusal: Refusal): 401 | 403 | 404 | 409 | 422 | 429 {
  if (refusal.code === 'forbidden') return 403;
  if (refusal.code.startsWith('credential.locked')) return 429;
  if (refusal.code.endsWith('.unknown')) return 404;
  if (refusal.code.endsWith('-meanwhile') || refusal.code.endsWith('-taken')) return 409;
  return 422;
}

/** A refusal in words: what is wrong and how to mend it. */
export function refusalText(refusal: Refusal, language = 'en'): string {
  const key = `refusal.${refusal.code}`;
  return hasText(key) ? translator(language)(key, refusal.params) : refusal.code;
}

/** A refusal as an error of a form: beside its field when the form has it, else at the top. */
export function refusalError(refusal: Refusal, language = 'en'): FormError {
  return { field: refusal.at ?? '', message: refusalText(refusal, language) };
}

/** A page that says what was refused, for refusals that belong to no form. */
export function answerRefusal(c: C, refusal: Refusal, back = '/'): Response {
  const status = statusOf(refusal);
  const titles: Record<number, string> = { 403: 'Not allowed', 404: 'Not found', 409: 'Changed meanwhile' };
  return html(
    c,
    <MessagePage
      title={titles[status] ?? 'This was not done'}
      text={refusalText(refusal)}
      href={back}
      label="Go back"
    />,
    status as ContentfulStatusCode,
  );
}
