import type { VNode } from 'preact';
import { editNotice } from '../../../app/notices.ts';
import { audiences, headTexts, type NoticeDocument, noticeDocumentSchema, textNames } from '../../../domain/notice.ts';
import { inPrintedOrder } from '../../../domain/notice-diff.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { parseRichText } from '../../../domain/rich-text.ts';
import { type C, type FormBody, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError, statusOf } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import { ButtonRow, Form, HiddenInput, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormError, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Tabs } from '../../ui/parts.tsx';
import type { ActionRow } from '../actions/action-page.tsx';
import { shellOf } from '../shell.ts';
import { FactsPanel } from './edit-facts.tsx';
import { EditedText } from './edit-text.tsx';
import { factsOfNotice, isFixed, type NoticeRow, noticeCrumbs, withNotice } from './find.ts';

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

/** GET /notices/:id/edit?language= : every text of one language, each in its own box, the facts beside them. */
export async function showEdit(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => html(c, await editPage(c, notice, action, freshForm())));
}

/** The language a page or a form is about. */
export function languageOf(c: C, document: NoticeDocument, body?: FormBody): string {
  const asked = (body ? fieldText(body, 'language') : c.req.query('language')) ?? '';
  return LANGUAGE.test(asked) ? asked : document.sourceLanguage;
}

/** Every text some variant prints, in the order it is printed; what nothing prints any more comes last. */
function allTexts(document: NoticeDocument): { printed: string[]; unused: string[] } {
  const used = new Set([...headTexts, ...audiences.flatMap((audience) => textNames(document, audience))]);
  for (const variant of Object.values(document.variants)) {
    for (const section of variant?.sections ?? []) used.add(variant?.overrides[section] ?? section);
  }
  const typed = Object.keys(document.texts[document.sourceLanguage] ?? {});
  return { printed: inPrintedOrder([...used]), unused: inPrintedOrder(typed.filter((name) => !used.has(name))) };
}

async function editPage(c: C, notice: NoticeRow, action: ActionRow, form: FormState, body?: FormBody): Promise<VNode> {
  const document = noticeDocumentSchema.parse(notice.document);
  const language = languageOf(c, document, body);
  const locked = isFixed(notice);
  const { printed, unused } = allTexts(document);
  const texts = [...printed, ...unused].map((name) => (
    <EditedText
      key={name}
      name={name}
      document={document}
      language={language}
      form={form}
      unused={unused.includes(name)}
      locked={locked}
    />
  ));
  return (
    <DeskPage
      shell={await shellOf(c)}
      styles={['notice.css', 'notice-desk.css']}
      scripts={locked ? [] : ['notice-editor.js']}
      title={`Text in ${languageName(language, 'en')}`}
      crumbs={noticeCrumbs(action)}
      errors={form.errors}
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
      actions={
        <>
          <LinkButton href={`/notices/${notice.id}/arrange`} tone="quiet">
            Variants and sections
          </LinkButton>
          <LinkButton href={`/notices/${notice.id}/beside?right=${language}`} tone="quiet">
            Side by side
          </LinkButton>
        </>
      }
    >
      {locked ? <Alert tone="note" title="A released version stays as it is. Write an update notice instead." /> : null}
      {notice.state === 'approved' || notice.state === 'in-review' ? (
        <Alert tone="attention" title="Saving a change makes every approval given on this version void." />
      ) : null}
      <div
        class="ff-editor"
        {...(locked
          ? {}
          : { 'data-editor': true, 'data-print': `/notices/${notice.id}/print-text`, 'data-language': language })}
      >
        {locked ? (
          <div class="ff-editor-texts">{texts}</div>
        ) : (
          <Form action={`/notices/${notice.id}/edit`} class="ff-editor-texts" id="texts">
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
            {texts}
            <ButtonRow>
              <SubmitButton tone="primary">Save</SubmitButton>
              <LinkButton href={`/actions/${action.id}/notice`} tone="quiet">
                Back without saving
              </LinkButton>
            </ButtonRow>
          </Form>
        )}
        <FactsPanel
          facts={await factsOfNotice(c, notice)}
          language={language}
          dates={document.dates}
          sections={printed.filter((name) => !(headTexts as readonly string[]).includes(name))}
        />
      </div>
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
    const { texts, errors } = readTexts(body);
    if (errors.length > 0) return html(c, await editPage(c, notice, action, refusedForm(body, errors), body), 422);
    const others = Object.fromEntries(Object.entries(document.texts).filter(([code]) => code !== language));
    const changed = noticeDocumentSchema.safeParse({
      ...document,
      texts:
        Object.keys(texts).length === 0 && language !== document.sourceLanguage
          ? others
          : // A language keeps its place in the list.
            { ...document.texts, [language]: texts },
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
    return seeOther(
      c,
      fieldText(body, 'then') === 'stay'
        ? `/notices/${notice.id}/edit?language=${language}`
        : `/actions/${action.id}/notice`,
    );
  });
}

/** The texts of the form by their names, and for each that cannot be read its first fault. */
function readTexts(body: FormBody): { texts: Record<string, string>; errors: FormError[] } {
  const texts: Record<string, string> = {};
  const errors: FormError[] = [];
  for (const [field, value] of Object.entries(body)) {
    if (!field.startsWith('text.') || typeof value !== 'string') continue;
    const text = value.replaceAll('\r\n', '\n').trim();
    if (text === '') continue;
    const parsed = parseRichText(text);
    if (!parsed.ok) {
      for (const error of parsed.errors.slice(0, 1))
        errors.push({ field, message: `Line ${error.line}: ${error.what} ${error.mend}` });
    }
    texts[field.slice('text.'.length)] = text;
  }
  return { texts, errors };
}
