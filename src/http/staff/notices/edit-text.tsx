import type { VNode } from 'preact';
import {
  type Audience,
  audiences,
  headTexts,
  type NoticeDocument,
  noticeDocumentSchema,
  parseText,
  textName,
} from '../../../domain/notice.ts';
import { toChipsHtml } from '../../../domain/notice-html.ts';
import { directionOf, renderNotice } from '../../../domain/notice-render.ts';
import { findSection } from '../../../domain/notice-sections.ts';
import { baseOf, titleOf } from '../../../domain/notice-variants.ts';
import { type C, fieldText, readForm } from '../../context.ts';
import { languageName } from '../../translate.ts';
import { TextArea } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card, Identifier, More } from '../../ui/parts.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { languageOf } from './edit.tsx';
import { factsOfNotice, withNotice } from './find.ts';

type Props = {
  name: string;
  document: NoticeDocument;
  language: string;
  form: FormState;
  unused: boolean;
  /** The version is released: its texts are read and no longer written. */
  locked: boolean;
};

/** One text of one language in its box, with the variants that print it and, when it is translated, its source. */
export function EditedText({ name, document, language, form, unused, locked }: Props): VNode {
  const source = document.texts[document.sourceLanguage]?.[name] ?? '';
  const text = document.texts[language]?.[name] ?? '';
  const number = document.layout === 'ec' ? findSection(name)?.number : undefined;
  return (
    <Card title={`${number ? `${number} ` : ''}${titleOf(name)}`} id={`text-${name}`}>
      <p class="ff-hint">{unused ? 'No variant prints this text.' : usedBy(document, name)}</p>
      {baseOf(name) === 'update' && text === '' && !locked ? (
        <p class="ff-hint">
          Say which notice this one follows, <Identifier>{'{notice.previous}'}</Identifier> of{' '}
          <Identifier>{'{notice.previous-date}'}</Identifier>, and what is new.
        </p>
      ) : null}
      {language !== document.sourceLanguage && source !== '' ? (
        <More summary={`In ${languageName(document.sourceLanguage, 'en')}`} open>
          <pre class="ff-source">{source}</pre>
        </More>
      ) : null}
      {locked ? (
        <pre class="ff-source" lang={language} dir={directionOf(language)}>
          {text}
        </pre>
      ) : (
        <div class="ff-edited" lang={language} dir={directionOf(language)} data-text={name}>
          <TextArea
            form={form}
            name={`text.${name}`}
            label={`${titleOf(name)} in ${languageName(language, 'en')}`}
            labelHidden
            value={text}
            rows={Math.min(16, Math.max(2, Math.ceil((text || source).length / 70) + 1))}
          />
        </div>
      )}
    </Card>
  );
}

/** Which variants print a text, in words: a shared text is written once for all of them. */
export function usedBy(document: NoticeDocument, name: string): string {
  const base = baseOf(name);
  const isHead = (headTexts as readonly string[]).includes(base);
  const users = audiences.filter((audience) => {
    const variant = document.variants[audience];
    return variant && (isHead || variant.sections.includes(base)) && textName(variant, base) === name;
  });
  const all = audiences.filter((audience) => document.variants[audience]);
  const words = (list: readonly Audience[]): string =>
    list.map((audience) => audienceWords[audience] ?? audience).join(', ');
  if (name !== base) return `Own text of: ${words(users) || 'no variant'}.`;
  const elsewhere = all.filter((audience) => !users.includes(audience));
  const common =
    users.length === all.length ? 'Common text of all variants.' : `Common text of: ${words(users) || 'no variant'}.`;
  const own = elsewhere.filter((audience) => document.variants[audience]?.overrides[base]);
  return own.length > 0 ? `${common} An own text have: ${words(own)}.` : common;
}

/** POST /notices/:id/print-text: a text as it would be printed, for the editor. Nothing is kept. */
export async function printText(c: C): Promise<Response> {
  return withNotice(c, async (notice) => {
    const body = await readForm(c);
    const document = noticeDocumentSchema.parse(notice.document);
    const language = languageOf(c, document, body);
    const name = fieldText(body, 'name');
    const text = fieldText(body, 'text').replaceAll('\r\n', '\n').trim();
    if (!/^[a-z][a-z0-9-]{0,59}$/.test(name))
      return c.json({ errors: [{ line: 1, what: 'There is no such text.', mend: '' }] }, 422);
    const parsed = parseText(text);
    if (!parsed.ok) return c.json({ errors: parsed.errors.map(({ line, what, mend }) => ({ line, what, mend })) });
    const shown = renderNotice(
      {
        ...document,
        variants: { 'dx-recall': { sections: [name], overrides: {} } },
        texts: { ...document.texts, [language]: { ...document.texts[language], [name]: text } },
      },
      'dx-recall',
      language,
      await factsOfNotice(c, notice),
    );
    return c.json({ html: toChipsHtml(shown) });
  });
}
