import { type Audience, audiences, type NoticeDocument, startedLanguages } from '../../../domain/notice.ts';

/** What a notice can be looked at as, in the order it is offered. */
export const media = {
  page: 'Web page',
  mail: 'Mail',
  text: 'Mail as text',
  letter: 'Letter on paper',
  form: 'Form on paper',
} as const;
export type Medium = keyof typeof media;

/** One of the views side by side. */
export interface Pane {
  variant: Audience;
  language: string;
  medium: Medium;
  contactId?: number;
}

/** More than these side by side can be read by nobody. */
export const MOST_PANES = 4;

/** A pane in an address: `dx-recall.de.mail.17`. */
export function writePane({ variant, language, medium, contactId }: Pane): string {
  return [variant, language, medium, ...(contactId === undefined ? [] : [contactId])].join('.');
}

/** Reads a pane; what this version does not have becomes the first it has. Undefined when it has no text at all. */
export function readPane(document: NoticeDocument, text: string): Pane | undefined {
  const [variant, language, medium, contact] = text.split('.');
  const variants = audiences.filter((audience) => startedLanguages(document, audience).length > 0);
  const chosen = variants.find((audience) => audience === variant) ?? variants[0];
  if (!chosen) return undefined;
  const languages = startedLanguages(document, chosen);
  const contactId = /^[1-9]\d{0,14}$/.test(contact ?? '') ? Number(contact) : undefined;
  return {
    variant: chosen,
    language: languages.find((code) => code === language) ?? languages[0] ?? document.sourceLanguage,
    medium: isMedium(medium) ? medium : 'page',
    ...(contactId === undefined ? {} : { contactId }),
  };
}

/** Whether a text names a medium. */
export function isMedium(text: string | undefined): text is Medium {
  return text !== undefined && Object.hasOwn(media, text);
}

/** The address of some panes. */
export function panesHref(noticeId: number, panes: readonly Pane[], more: Record<string, string> = {}): string {
  const query = new URLSearchParams(panes.map((pane): [string, string] => ['pane', writePane(pane)]));
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return `/notices/${noticeId}/preview?${query}`;
}
