import type { VNode } from 'preact';
import { markHandled, markHandledInput } from '../../../app/delivery-post.ts';
import { countLetters, loadFailedLetters } from '../../../app/letter-making.ts';
import { readLetter } from '../../../app/letters.ts';
import { linkUrl } from '../../../app/links.ts';
import { readPlainLetter } from '../../../app/plain-letters.ts';
import { loadDelivery, loadDeliveryFigures, type PrintRow, printList } from '../../../app/queries/deliveries.ts';
import { readList } from '../../../app/queries/list.ts';
import { escapeHtml } from '../../../domain/notice-html.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldList, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { letterPolicy } from '../../security.ts';
import { countryName, translator } from '../../translate.ts';
import { CheckboxGroup, Form, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { type ListQuery, listLink, parseListQuery } from '../../ui/list-query.ts';
import { html } from '../../ui/page.tsx';
import { Alert, Card } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { specOf } from '../list-page.tsx';
import { shellOf } from '../shell.ts';

/** GET /actions/:id/print: letters that wait to be printed and posted. */
export function showPrintQueue(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await printPage(c, action, freshForm())));
}

/** The letters of the page of the queue that a request is about. */
export async function readPrintRows(c: C, action: ActionRow): Promise<PrintRow[]> {
  return (await readPage(c, action)).rows;
}

async function readPage(
  c: C,
  action: ActionRow,
): Promise<{ query: ListQuery; rows: PrintRow[]; total: number | { atLeast: number } }> {
  const query = parseListQuery(c.req.url, specOf(printList));
  return { query, ...(await readList(c.get('ctx').db, printList, query, { actionId: action.id })) };
}

async function printPage(c: C, action: ActionRow, form: FormState): Promise<VNode> {
  const { query, rows, total } = await readPage(c, action);
  const figures = await loadDeliveryFigures(c.get('ctx').db, action.id);
  const counts = await countLetters(c.get('ctx').db, action.id);
  const failures = counts.failed > 0 ? await loadFailedLetters(c.get('ctx').db, action.id, 10) : [];
  const base = `/actions/${action.id}/print`;
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Letters to post"
      crumbs={[...actionCrumbs(action), { href: `/actions/${action.id}/deliveries`, label: 'Deliveries' }]}
      lede="Print the letters, put them into the post, and say so here: from then on the party counts as told."
      errors={form.errors}
      actions={
        rows.length > 0 ? (
          <>
            <LinkButton href={listLink({ ...query, path: `${base}/letters.pdf` })} tone="primary" icon="printer">
              {rows.length === 1 ? 'Print this letter' : `Print these ${rows.length} letters`}
            </LinkButton>
            <LinkButton href={listLink({ ...query, path: `${base}/envelopes.pdf` })} icon="mail">
              Envelopes
            </LinkButton>
            <LinkButton href={listLink({ ...query, path: `${base}/labels.pdf` })} icon="printer">
              Labels
            </LinkButton>
          </>
        ) : undefined
      }
    >
      <DataTable
        caption="Letters to post"
        columns={[
          { key: 'party', title: 'Party', cell: (row) => row.party, sortable: true, rowHeader: true },
          { key: 'contact', title: 'Contact', cell: (row) => row.contact },
          { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
          { key: 'address', title: 'Address', cell: (row) => row.address.split('\n').slice(2).join(', ') },
          { key: 'languages', title: 'Languages', cell: (row) => row.languages.join(', ') },
        ]}
        rows={rows}
        rowKey={(row) => String(row.id)}
        rowHref={(row) => `/deliveries/${row.id}`}
        empty={{
          title: 'Nothing to post',
          text: 'Contacts who are reached by post appear here when a notice is released.',
        }}
        list={{
          query,
          total,
          filters: [
            {
              name: 'country',
              label: 'Country',
              options: figures.countries.map((value) => ({ value, label: countryName(value, 'en') })),
            },
          ],
          search: 'Party',
          exports: false,
        }}
      />
      <MadeLetters base={base} counts={counts} failures={failures} />
      {rows.length > 0 ? (
        <Card title="Record what was posted">
          <Form action={`${base}${new URL(c.req.url).search}`}>
            <CheckboxGroup
              form={form}
              name="delivery"
              label="Letters that are in the post"
              options={rows.map((row) => ({ value: String(row.id), label: `${row.party}, ${row.contact}` }))}
            />
            <TextInput
              form={form}
              name="tracking"
              label="Tracking number"
              hint="One for all of them, if they went as one consignment."
              width={20}
              identifier
            />
            <SubmitButton tone="primary">They are in the post</SubmitButton>
          </Form>
        </Card>
      ) : null}
    </DeskPage>
  );
}

/** How far the files of the letters are. They are made by themselves; whoever cannot wait asks for them. */
function MadeLetters({
  base,
  counts,
  failures,
}: {
  base: string;
  counts: Awaited<ReturnType<typeof countLetters>>;
  failures: Awaited<ReturnType<typeof loadFailedLetters>>;
}): VNode {
  const { waiting, made, failed, pages } = counts;
  return (
    <Card title="Files for the printer">
      <p>
        {made === 0 && waiting === 0
          ? 'No letter has been made yet. They are made by themselves within some minutes; a letter opened before is made at once.'
          : `${made.toLocaleString('en')} made, ${pages.toLocaleString('en')} pages; ${waiting.toLocaleString('en')} waiting.`}
      </p>
      {failed > 0 ? (
        <Alert
          tone="attention"
          title={failed === 1 ? '1 letter could not be made' : `${failed} letters could not be made`}
        >
          <p>It is left out of what is printed. Mend the name or the text, and have it made again.</p>
          <ul>
            {failures.map((one) => (
              <li key={`${one.delivery_id} ${one.language}`}>
                <a href={`/deliveries/${one.delivery_id}`}>{one.party}</a>, {one.language}: {one.detail}
              </li>
            ))}
            {failed > failures.length ? <li>and {failed - failures.length} more</li> : null}
          </ul>
        </Alert>
      ) : null}
      <Form action={`${base}/make`}>
        <SubmitButton tone="secondary">{failed > 0 ? 'Make them again' : 'Make them now'}</SubmitButton>
      </Form>
    </Card>
  );
}

/** POST /actions/:id/print */
export function postPrintQueue(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const input = markHandledInput.safeParse({
      deliveryIds: fieldList(body, 'delivery').map(Number),
      tracking: fieldText(body, 'tracking'),
    });
    if (!input.success) {
      const errors = errorsFromZod(input.error, (path) => (path.startsWith('deliveryIds') ? 'delivery' : path));
      return html(c, await printPage(c, action, refusedForm(body, errors)), 422);
    }
    const result = await markHandled(c.get('ctx'), action.id, input.data);
    if (isRefusal(result))
      return html(
        c,
        await printPage(
          c,
          action,
          refusedForm(body, [{ ...refusalError(result), field: result.at === 'tracking' ? 'tracking' : 'delivery' }]),
        ),
        422,
      );
    setFlash(c, {
      tone: 'done',
      text: result.letters === 1 ? '1 letter is in the post.' : `${result.letters} letters are in the post.`,
    });
    return seeOther(c, `/actions/${action.id}/print`);
  });
}

/** GET /actions/:id/print/letters: the letters of one page of the queue, each beginning on a sheet of its own. */
export function showPrintLetters(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const { rows } = await readPage(c, action);
    const sheets: string[] = [];
    for (const row of rows) {
      const sheet = await printable(c, row.id);
      if (sheet) sheets.push(sheet);
    }
    const [first] = sheets;
    if (!first) return answerRefusal(c, refuse('delivery.nothing-to-post'), `/actions/${action.id}/print`);
    const bodies = sheets.map((sheet) => /<body[^>]*>(.*)<\/body>/s.exec(sheet)?.[1] ?? '');
    const joined = bodies.map((body) => `<div style="break-after:page">${body}</div>`).join('');
    return letterResponse(first.replace(/(<body[^>]*>).*<\/body>/s, (_all, open: string) => `${open}${joined}</body>`));
  });
}

/** GET /deliveries/:id/letter: one letter as its reader gets it; for the post with its address and its link in words. */
export async function showLetter(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const sheet = await printable(c, id);
  return sheet
    ? letterResponse(sheet)
    : answerRefusal(c, refuse('delivery.unknown', { id: c.req.param('id') ?? '' }), '/actions');
}

async function printable(c: C, deliveryId: number): Promise<string | undefined> {
  const ctx = c.get('ctx');
  const delivery = await loadDelivery(ctx.db, deliveryId);
  const letter = delivery && ((await readLetter(ctx.db, ctx, deliveryId)) ?? (await readPlainLetter(ctx, deliveryId)));
  if (!letter) return undefined;
  if (delivery.channel !== 'post' || delivery.link_id === null) return letter.html;
  const say = translator(delivery.languages[0] ?? 'en');
  const lines = delivery.address.split('\n').map(escapeHtml).join('<br>');
  // On paper nobody can press a link: it has to be read and typed.
  const link = `${escapeHtml(say('notice.personal.open'))}:<br><b style="font-family:monospace;font-size:15px">${escapeHtml(linkUrl(ctx.settings, delivery.link_id))}</b>`;
  const head = `<div style="max-width:680px;margin:0 auto;padding:32px"><p style="margin:0 0 48px">${lines}</p><p style="margin:0">${link}</p></div>`;
  return letter.html.replace(/<body[^>]*>/, (open) => open + head);
}

function letterResponse(page: string): Response {
  return new Response(page, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': letterPolicy,
      'cache-control': 'no-store',
    },
  });
}
