import type { VNode } from 'preact';
import { previewLetter, sendTestLetter } from '../../../app/letter-tests.ts';
import { audiences, type NoticeDocument, noticeDocumentSchema, noticeLanguages } from '../../../domain/notice.ts';
import { toHtml } from '../../../domain/notice-html.ts';
import { renderNotice } from '../../../domain/notice-render.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import { Form, Select, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { freshForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, EmptyState } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { shellOf } from '../shell.ts';
import { factsOfNotice, withNotice } from './notice.tsx';

/** GET /notices/:id/preview?variant=&language=&contact= : the notice as a variant prints it, or as one recipient gets it. */
export async function showPreview(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const ctx = c.get('ctx');
    const document = noticeDocumentSchema.parse(notice.document);
    const variants = audiences.filter((audience) => document.variants[audience]);
    const variant = variants.find((audience) => audience === c.req.query('variant')) ?? variants[0];
    const languages = variant ? noticeLanguages(document, variant) : [];
    const language = languages.find((code) => code === c.req.query('language')) ?? languages[0];
    const typed = (c.req.query('contact') ?? '').trim().toLowerCase();
    const contact = typed
      ? await ctx.db
          .selectFrom('contact as k')
          .innerJoin('obligation as o', 'o.party_id', 'k.party_id')
          .select(['k.id', 'k.name', 'k.email'])
          .where('o.action_id', '=', action.id)
          .where((eb) => eb.or([eb('k.email', '=', typed), eb(eb.fn('lower', ['k.name']), '=', typed)]))
          .limit(1)
          .executeTakeFirst()
      : undefined;
    const form = freshForm({ variant: variant ?? '', language: language ?? '', contact: typed });
    const mail = contact ? await previewLetter(ctx, notice.id, { contactId: contact.id }) : undefined;
    return html(
      c,
      <DeskPage
        shell={await shellOf(c)}
        styles={['notice.css']}
        title={`Preview of ${notice.number}, version ${notice.version}`}
        crumbs={[...actionCrumbs(action), { href: `/actions/${action.id}/notice`, label: 'Notice' }]}
        state={<StateBadge kind="notice" state={notice.state} />}
      >
        <Card title="See it as">
          <Form action={`/notices/${notice.id}/preview`} method="get" label="See it as">
            <Columns>
              <Select
                form={form}
                name="variant"
                label="Audience"
                options={variants.map((value) => ({ value, label: audienceWords[value] ?? value }))}
              />
              <Select
                form={form}
                name="language"
                label="Language"
                options={languages.map((value) => ({ value, label: languageName(value, 'en') }))}
              />
              <TextInput form={form} name="contact" label="Or as one recipient: e-mail or name" />
            </Columns>
            <SubmitButton tone="secondary">Show</SubmitButton>
          </Form>
        </Card>
        {typed && !contact ? (
          <Alert tone="attention" title="No recipient of this action has this e-mail or name." />
        ) : null}
        {mail && isRefusal(mail) ? <Alert tone="attention" title={refusalError(mail).message} /> : null}
        {mail && !isRefusal(mail) ? (
          <Card title={mail.subject}>
            <pre class="ff-letter-text">{mail.text}</pre>
          </Card>
        ) : variant && language ? (
          <Printed document={document} variant={variant} language={language} facts={await factsOfNotice(c, notice)} />
        ) : (
          <EmptyState title="Nothing to show yet">
            No variant is complete in any language. Write its texts first.
          </EmptyState>
        )}
      </DeskPage>,
    );
  });
}

type PrintedProps = {
  document: NoticeDocument;
  variant: (typeof audiences)[number];
  language: string;
  facts: Awaited<ReturnType<typeof factsOfNotice>>;
};

function Printed({ document, variant, language, facts }: PrintedProps): VNode {
  const notice = renderNotice(document, variant, language, facts);
  const personal = notice.missing.filter((name) => /^(recipient|portal|deadline\.reply$)/.test(name));
  const missing = notice.missing.filter((name) => !personal.includes(name));
  return (
    <>
      {missing.length > 0 ? (
        <Alert tone="attention" title="These facts have no value yet">
          {missing.join(', ')}
        </Alert>
      ) : null}
      {/* The tree is printed by domain/notice-html.ts, which escapes every word: there is no HTML in a source. */}
      <Card>
        <div dangerouslySetInnerHTML={{ __html: toHtml(notice, { level: 2 }) }} />
      </Card>
    </>
  );
}

/** POST /notices/:id/test */
export async function postTest(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const body = await readForm(c);
    const result = await sendTestLetter(c.get('ctx'), notice.id, { address: fieldText(body, 'testAddress').trim() });
    setFlash(
      c,
      isRefusal(result)
        ? { tone: 'attention', text: refusalError(result).message }
        : { tone: 'done', text: 'The test is on its way.' },
    );
    return seeOther(c, `/actions/${action.id}/notice`);
  });
}
