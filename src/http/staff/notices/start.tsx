/** A notice begun from a document that somebody has written: upload it, look what was recognised, make the draft. */
import type { VNode } from 'preact';
import {
  discardNoticeStart,
  draftNoticeStart,
  draftNoticeStartInput,
  loadNoticeStart,
  type NoticeStartDetail,
  readNoticeStart,
} from '../../../app/notice-starts.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { FileInput, Form, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card } from '../../ui/parts.tsx';
import { readUpload, UploadBrokenError } from '../../upload.ts';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { shellOf } from '../shell.ts';
import { noticeCrumbs } from './languages.tsx';
import { StartParts } from './start-parts.tsx';

/** GET /actions/:id/notice/start */
export async function showStart(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await uploadPage(c, action, freshForm())));
}

async function uploadPage(c: C, action: ActionRow, form: FormState): Promise<VNode> {
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Start from a document"
      lede="Nothing is made yet: you see first what was recognised."
      crumbs={noticeCrumbs(action)}
      errors={form.errors}
      width="narrow"
    >
      <Form action={`/actions/${action.id}/notice/start`} upload>
        <FileInput
          form={form}
          name="file"
          label="Document"
          hint="DOCX or plain text, up to 10 MB. Headings become sections; what it says of this action’s facts becomes placeholders."
          accept=".docx,.txt,.md"
          required
        />
        <SubmitButton tone="primary" icon="upload">
          Upload and read
        </SubmitButton>
      </Form>
      <Card title="What helps">
        <ul>
          <li>Headings as headings: by style, or numbered as in the Commission’s template (2.1, 3.4 …).</li>
          <li>Facts on the page Description first: references, dates and telephone numbers are found by them.</li>
          <li>English. Other languages are added as translations.</li>
        </ul>
      </Card>
    </DeskPage>
  );
}

/** POST /actions/:id/notice/start */
export async function postStart(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const upload = await readUpload(c);
    const again = async (message: string, status: 403 | 404 | 409 | 422 = 422) =>
      html(c, await uploadPage(c, action, refusedForm({}, [{ field: 'file', message }])), status);
    if (!upload?.file) return again('Choose the document.');
    const { name, bytes } = upload.file;
    try {
      const result = await readNoticeStart(c.get('ctx'), action.id, { name, source: bytes });
      if (!isRefusal(result)) return seeOther(c, `/notice-starts/${result.id}`);
      return again(refusalError(result).message, statusOf(result) as 422);
    } catch (error) {
      if (!(error instanceof UploadBrokenError)) throw error;
      return again('The file did not arrive whole. Nothing was kept; send it once more.');
    }
  });
}

async function withStart(
  c: C,
  page: (start: NoticeStartDetail, action: ActionRow) => Promise<Response>,
): Promise<Response> {
  const { db } = c.get('ctx');
  const id = idParam(c, 'id');
  const start = id === undefined ? undefined : await loadNoticeStart(db, id);
  if (!start) return answerRefusal(c, refuse('notice-start.unknown', { id: c.req.param('id') ?? '' }), '/actions');
  const action = await db.selectFrom('action').selectAll().where('id', '=', start.actionId).executeTakeFirstOrThrow();
  return page(start, action);
}

/** GET /notice-starts/:id?layout= */
export async function showNoticeStart(c: C): Promise<Response> {
  return withStart(c, async (start, action) => html(c, await reviewPage(c, start, action, freshForm())));
}

async function reviewPage(c: C, start: NoticeStartDetail, action: ActionRow, form: FormState): Promise<VNode> {
  const mayDecide = start.state === 'read' && allows(c.get('ctx').actor, 'notice.edit');
  const unknown = start.found.parts.filter((part) => part.section === '').length;
  return (
    <DeskPage
      shell={await shellOf(c)}
      styles={['translation.css']}
      title="What the document holds"
      lede={<bdi>{start.file}</bdi>}
      crumbs={noticeCrumbs(action)}
      errors={form.errors}
      next={
        mayDecide
          ? [
              {
                text:
                  unknown > 0
                    ? `${unknown} of ${start.found.parts.length} parts were not recognised. Choose their sections, or leave them out.`
                    : 'Every part was recognised. Check the sections, then make the draft.',
                ...(unknown > 0 ? { tone: 'attention' as const } : {}),
              },
            ]
          : []
      }
    >
      {start.state === 'read' ? null : (
        <Alert
          tone="note"
          title={start.state === 'drafted' ? 'A draft was made of this document' : 'This document was put away'}
        >
          <LinkButton href={`/actions/${action.id}/notice`}>Open the notice</LinkButton>
        </Alert>
      )}
      {start.found.dropped.length > 0 ? (
        <Alert tone="attention" title="Left behind">
          {`The document also holds ${start.found.dropped.join(', ')}. A notice has none of these.`}
        </Alert>
      ) : null}
      <StartParts start={start} form={form} mayDecide={mayDecide} layout={layoutOf(c, start, form)} />
      {mayDecide ? (
        <Form action={`/notice-starts/${start.id}/discard`}>
          <SubmitButton tone="secondary">Put the document away</SubmitButton>
        </Form>
      ) : null}
    </DeskPage>
  );
}

/** The layout that was chosen, else the one the document seems to have. */
function layoutOf(c: C, start: NoticeStartDetail, form: FormState): 'letter' | 'ec' {
  const asked = typeof form.values.layout === 'string' ? form.values.layout : c.req.query('layout');
  return asked === 'ec' || asked === 'letter' ? asked : start.found.layout;
}

/** POST /notice-starts/:id/draft */
export async function postStartDraft(c: C): Promise<Response> {
  return withStart(c, async (start, action) => {
    const body = await readForm(c);
    const input = draftNoticeStartInput.safeParse({
      number: fieldText(body, 'number'),
      layout: fieldText(body, 'layout'),
      sections: start.found.parts.map((_, index) => fieldText(body, `section-${index}`)),
    });
    if (!input.success)
      return html(c, await reviewPage(c, start, action, refusedForm(body, errorsFromZod(input.error))), 422);
    const result = await draftNoticeStart(c.get('ctx'), start.id, input.data);
    if (isRefusal(result)) {
      const error = refusalError(result);
      const field = error.field === 'sections' ? 'section-0' : error.field;
      return html(c, await reviewPage(c, start, action, refusedForm(body, [{ ...error, field }])), statusOf(result));
    }
    setFlash(c, {
      tone: 'done',
      text: `Version ${result.version} is a draft now. Read it, and write what is missing.`,
    });
    return seeOther(c, `/actions/${action.id}/notice`);
  });
}

/** POST /notice-starts/:id/discard */
export async function postStartDiscard(c: C): Promise<Response> {
  return withStart(c, async (start, action) => {
    const result = await discardNoticeStart(c.get('ctx'), start.id);
    setFlash(
      c,
      isRefusal(result)
        ? { tone: 'attention', text: refusalError(result).message }
        : { tone: 'done', text: 'The document is put away.' },
    );
    return seeOther(c, `/actions/${action.id}/notice`);
  });
}
