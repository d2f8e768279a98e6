/** The queue of the post room as somebody works through it: which kind, and where its messages are. */
import { type MailKind, mailKinds } from '../../../domain/mail.ts';

/** The one kind that somebody works through, as the URL says; undefined: all of them. */
export function onlyOf(text: string | undefined): MailKind | undefined {
  return mailKinds.find((kind) => kind === text);
}

/** Where a message is, for who works through one kind. */
export function messagePath(id: number, only: MailKind | undefined): string {
  return only === undefined ? `/postroom/${id}` : `/postroom/${id}?only=${only}`;
}
