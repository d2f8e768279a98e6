import type { ComponentChildren, VNode } from 'preact';
import type { MailFacts, MailReason } from '../../../domain/mail.ts';
import { ownText } from '../../../domain/mail-quote.ts';
import { Form, HiddenInput, SubmitButton } from '../../ui/field.tsx';
import { Card, More } from '../../ui/parts.tsx';
import type { Message } from './message.tsx';
import { cautionWords, unreadWords } from './words.ts';

/** Characters shown at once; the whole is in the original. */
const SHOWN = 20_000;

/**
 * The words of a message, never its HTML: nothing of it can run, load or look like ours. The words that led to the guess
 * are marked; what the sender only quotes is folded away.
 */
export function MessageText({ mail, reasons }: { mail: MailFacts; reasons: readonly MailReason[] }): VNode {
  const text = mail.text.replace(/\r/g, '');
  const own = ownText(text);
  const quoted = own.length < text.trim().length ? text : '';
  const words = reasons.filter((reason) => reason.what === 'words').map((reason) => reason.text);
  return (
    <Card title="What came">
      {text.trim() === '' ? (
        <p class="ff-muted">It has no text.</p>
      ) : (
        <pre class="ff-letter-text" dir="auto">
          {marked(own.slice(0, SHOWN), words)}
        </pre>
      )}
      {quoted === '' ? null : (
        <More summary="Everything, with what it quotes">
          <pre class="ff-letter-text" dir="auto">
            {marked(quoted.slice(0, SHOWN), words)}
          </pre>
        </More>
      )}
      {text.length > SHOWN ? <p class="ff-muted">It goes on; the whole is in the original.</p> : null}
    </Card>
  );
}

/** The text with each of these words marked where it first stands. */
function marked(text: string, words: readonly string[]): ComponentChildren[] {
  const places = words
    .map((word) => ({ at: word === '' ? -1 : text.indexOf(word), length: word.length }))
    .filter((place) => place.at >= 0)
    .sort((a, b) => a.at - b.at);
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const { at, length } of places) {
    if (at < from) continue;
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + length)}</mark>);
    from = at + length;
  }
  parts.push(text.slice(from));
  return parts;
}

/**
 * What is attached. What may do harm is named and cannot be opened from here.
 * @param may whether the viewer may take mail in
 */
export function Attachments({ message, may }: { message: Message; may: boolean }): VNode | null {
  if (message.attachments.length === 0) return null;
  return (
    <Card title="Attached">
      <ul class="ff-plain-list">
        {message.attachments.map((part) => {
          const name = part.name || part.mediaType;
          const size = part.size < 1_000 ? `${part.size} bytes` : `${Math.round(part.size / 1_000)} kB`;
          return (
            <li key={part.index}>
              {part.caution === 'executable' ? (
                <strong>{name}</strong>
              ) : (
                <a href={`/postroom/${message.id}/attachments/${part.index}`}>{name}</a>
              )}{' '}
              <span class="ff-muted">
                {[part.seenType || part.mediaType, size, cautionWords[part.caution]].filter(Boolean).join(', ')}
              </span>
              {unreadWords(part) === '' ? null : <div class="ff-hint">{unreadWords(part)}</div>}
              {part.caution === 'message' && message.state === 'waiting' && may ? (
                <Form action={`/postroom/${message.id}/attached`}>
                  <HiddenInput name="index" value={part.index} />
                  <SubmitButton tone="quiet" small>
                    Take it in as a message of its own
                  </SubmitButton>
                </Form>
              ) : null}
            </li>
          );
        })}
      </ul>
      {message.attachments_due ? <p class="ff-muted">They are being read.</p> : null}
      {message.outcome && message.state === 'waiting' ? <p>{message.outcome}</p> : null}
    </Card>
  );
}
