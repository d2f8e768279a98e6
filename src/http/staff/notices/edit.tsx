import type { VNode } from 'preact';
import { editNotice } from '../../../app/notices.ts';
import { audiences, headTexts, type NoticeDocument, noticeDocumentSchema, textNames } from '../../../domain/notice.ts';
import { factRegistry } from '../../../domain/notice-facts.ts';
import { findSection } from '../../../domain/notice-sections.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { parseRichText } from '../../../domain/rich-text.ts';
import { type C, type FormBody, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError, statusOf } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import { ButtonRow, Form, HiddenInput, LinkButton, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormError, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier, More, Tabs } from '../../ui/parts.tsx';
import type { ActionRow } from '../actions/action-page.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { shellOf } from '../shell.ts';
import { type NoticeRow, withNotice } from './notice.tsx';

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

/** GET /notices/:id/edit?language= : every text of one language, each in its own box. */
export async function showEdit(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => html(c, await editPage(c, notice, action, freshForm())));
}

function languageOf(c: C, document: NoticeDocument, body?: FormBody): string {
  const asked = (body ? fieldText(body, 'language') : c.req.query('language')) ?? '';
  return LANGUAGE.test(asked) ? asked : document.sourceLanguage;
}

/** Every text some variant prints, head texts first. */
function allTexts(document: NoticeDocument): string[] {
  const names = audiences.flatMap((audience) => textNames(document, audience));
  return [...new Set([...headTexts, ...names, ...Object.keys(document.texts[document.sourceLanguage] ?? {})])];
}

async function editPage(c: C, notice: NoticeRow, action: ActionRow, form: FormState, body?: FormBody): Promise<VNode> {
  const document = noticeDocumentSchema.parse(notice.document);
  const language = languageOf(c, document, body);
  const source = document.texts[document.sourceLanguage] ?? {};
  const texts = document.texts[language] ?? {};
  const translating = language !== document.sourceLanguage;
  const locked = notice.state === 'released' || notice.state === 'superseded';
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={`Text in ${languageName(language, 'en')}`}
      crumbs={[...actionCrumbs(action), { href: `/actions/${action.id}/notice`, label: 'Notice' }]}
      errors={form.errors}
      width="narrow"
      tabs={
        <Tabs
          label="Languages"
          tabs={[...new Set([...Object.keys(document.texts), language])].map((code) => ({
            href: `/notices/${notice.id}/edit?language=${code}`,
            label: languageName(code, 'en'),
            current: code === language,
          }))}
        />
      }
    >
      {locked ? <Alert tone="note" title="A released version stays as it is. Write an update notice instead." /> : null}
      {notice.state === 'approved' || notice.state === 'in-review' ? (
        <Alert tone="attention" title="Saving a change makes every approval given on this version void." />
      ) : null}
      <More summary="How to write">
        <p>
          # heading, **strong**, *emphasis*, - list, 1. list, [words](https://address), | tables |, &gt; box, !&gt;
          warning.
        </p>
        <p>
          Facts are never typed: <Identifier>{'{action.reference}'}</Identifier> is filled in, the same in every
          language. <Identifier>{'{@products}'}</Identifier> refers to another section.
        </p>
        <ul class="ff-plain-list">
          {Object.entries(factRegistry).map(([name, fact]) => (
            <li key={name}>
              <Identifier>{`{${name}}`}</Identifier> {fact.about}
            </li>
          ))}
        </ul>
      </More>
      <Form action={`/notices/${notice.id}/edit`}>
        <HiddenInput name="language" value={language} />
        <HiddenInput name="basedOn" value={notice.content_hash} />
        <TextInput
          form={form}
          name="number"
          label="Document control number"
          value={notice.number}
          width={20}
          identifier
        />
        {allTexts(document).map((name) => (
          <Card key={name} title={findSection(name)?.title ?? name}>
            {translating && source[name] ? (
              <More summary={`In ${languageName(document.sourceLanguage, 'en')}`} open>
                <pre class="ff-source">{source[name]}</pre>
              </More>
            ) : null}
            <TextArea
              form={form}
              name={`text.${name}`}
              label={`${name} in ${languageName(language, 'en')}`}
              labelHidden
              value={texts[name] ?? ''}
              rows={Math.min(16, Math.max(2, Math.ceil((texts[name] ?? source[name] ?? '').length / 80) + 1))}
            />
          </Card>
        ))}
        {locked ? null : (
          <ButtonRow>
            <SubmitButton tone="primary">Save</SubmitButton>
            <LinkButton href={`/actions/${action.id}/notice`} tone="quiet">
              Back without saving
            </LinkButton>
          </ButtonRow>
        )}
      </Form>
      {locked ? null : (
        <Form action={`/notices/${notice.id}/edit`} method="get" label="Add a language">
          <TextInput
            name="language"
            label="Add another language"
            hint="Its code, e.g. fr or pt-BR."
            width={8}
            identifier
          />
          <SubmitButton tone="secondary">Write in it</SubmitButton>
        </Form>
      )}
    </DeskPage>
  );
}

/** POST /notices/:id/edit */
export async function postEdit(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const body = await readForm(c);
    const document = noticeDocumentSchema.parse(notice.document);
    const language = languageOf(c, document, body);
    const texts: Record<string, string> = {};
    const errors: FormError[] = [];
    for (const [field, value] of Object.entries(body)) {
      if (!field.startsWith('text.') || typeof value !== 'string') continue;
      const name = field.slice('text.'.length);
      const text = value.replaceAll('\r\n', '\n').trim();
      if (text === '') continue;
      const parsed = parseRichText(text);
      if (!parsed.ok) {
        for (const error of parsed.errors.slice(0, 1))
          errors.push({ field, message: `Line ${error.line}: ${error.what} ${error.mend}` });
      }
      texts[name] = text;
    }
    if (errors.length > 0) return html(c, await editPage(c, notice, action, refusedForm(body, errors), body), 422);
    const others = Object.fromEntries(Object.entries(document.texts).filter(([code]) => code !== language));
    const changed = noticeDocumentSchema.safeParse({
      ...document,
      texts:
        Object.keys(texts).length === 0 && language !== document.sourceLanguage
          ? others
          : { ...others, [language]: texts },
    });
    if (!changed.success) {
      const message = changed.error.issues[0]?.message ?? 'The text could not be read.';
      return html(c, await editPage(c, notice, action, refusedForm(body, [{ field: '', message }]), body), 422);
    }
    const result = await editNotice(c.get('ctx'), notice.id, {
      number: fieldText(body, 'number').trim() || undefined,
      document: changed.data,
      basedOn: fieldText(body, 'basedOn'),
    });
    if (isRefusal(result))
      return html(
        c,
        await editPage(c, notice, action, refusedForm(body, [refusalError(result)]), body),
        statusOf(result),
      );
    setFlash(c, {
      tone: result.voided > 0 ? 'attention' : 'done',
      text: result.voided > 0 ? `Saved. ${result.voided} approvals given on the old text are void.` : 'Saved.',
    });
    return seeOther(c, `/actions/${action.id}/notice`);
  });
}
