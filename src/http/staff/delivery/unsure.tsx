import type { VNode } from 'preact';
import { resolveUnsure, resolveUnsureInput } from '../../../app/delivery-unsure.ts';
import { type DeliveryRow, deliveryList } from '../../../app/queries/deliveries.ts';
import { readList } from '../../../app/queries/list.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { Form, RadioGroup, SubmitButton, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { parseListQuery } from '../../ui/list-query.ts';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { specOf } from '../list-page.tsx';
import { shellOf } from '../shell.ts';

/** GET /actions/:id/unsure: letters of which nobody knows whether they left, to be settled one by one or all at once. */
export function showUnsure(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await unsurePage(c, action, freshForm())));
}

async function unsurePage(c: C, action: ActionRow, form: FormState): Promise<VNode> {
  const asked = parseListQuery(c.req.url, specOf(deliveryList));
  const query = { ...asked, filters: { ...asked.filters, state: 'unsure' } };
  const page = await readList(c.get('ctx').db, deliveryList, query, { actionId: action.id });
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Letters in doubt"
      crumbs={[...actionCrumbs(action), { href: `/actions/${action.id}/deliveries`, label: 'Deliveries' }]}
      lede="A server stopped, or the line broke, between handing a letter over and the answer. Look the Message-IDs up in the log of your mail server."
      errors={form.errors}
    >
      {page.rows.length > 0 ? <Settle actionId={action.id} rows={page.rows} form={form} /> : null}
      <DataTable
        caption="Letters of which it is not known whether they left"
        columns={[
          {
            key: 'message_id',
            title: 'Message-ID',
            cell: (row) => <Identifier>{row.message_id}</Identifier>,
            rowHeader: true,
          },
          { key: 'address', title: 'To', cell: (row) => row.address },
          { key: 'party', title: 'Party', cell: (row) => row.party ?? '', sortable: true },
          { key: 'since', title: 'Since', cell: (row) => <Moment at={row.since} />, sortable: true, nowrap: true },
        ]}
        rows={page.rows}
        rowKey={(row) => String(row.id)}
        rowHref={(row) => `/deliveries/${row.id}`}
        empty={{ title: 'No letter is in doubt', text: 'Every letter either left, or waits for its turn.' }}
        list={{ query: { ...query, filters: {} }, total: page.total, filters: [], exports: false }}
      />
    </DeskPage>
  );
}

function Settle({ actionId, rows, form }: { actionId: number; rows: DeliveryRow[]; form: FormState }): VNode {
  return (
    <Card title="Settle them">
      <Alert tone="attention" title="Sending again may be the second time">
        Choose it only for letters that the log of the mail server does not have.
      </Alert>
      <Form action={`/actions/${actionId}/unsure`}>
        <RadioGroup
          form={form}
          name="which"
          label="Which letters?"
          required
          options={[
            { value: 'all', label: 'All of them' },
            ...rows
              .slice(0, 25)
              .map((row) => ({ value: String(row.id), label: `${row.address}`, hint: row.party ?? '' })),
          ]}
        />
        <RadioGroup
          form={form}
          name="answer"
          label="What does the log say?"
          required
          options={[
            { value: 'left', label: 'It left' },
            { value: 'again', label: 'It did not leave: send it again' },
          ]}
        />
        <TextArea
          form={form}
          name="reason"
          label="How this is known"
          hint="Kept in the history: which log, who looked."
          rows={2}
          required
        />
        <SubmitButton tone="primary">Settle</SubmitButton>
      </Form>
    </Card>
  );
}

/** POST /actions/:id/unsure */
export function postUnsure(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const which = fieldText(body, 'which');
    const input = resolveUnsureInput.safeParse({
      answer: fieldText(body, 'answer'),
      reason: fieldText(body, 'reason'),
      ...(/^\d{1,15}$/.test(which) ? { deliveryId: Number(which) } : {}),
    });
    if (!input.success || (which !== 'all' && !/^\d{1,15}$/.test(which))) {
      const errors = [
        ...(which === '' ? [{ field: 'which', message: 'Choose which letters you settle.' }] : []),
        ...(input.success ? [] : errorsFromZod(input.error)),
      ];
      return html(c, await unsurePage(c, action, refusedForm(body, errors)), 422);
    }
    const result = await resolveUnsure(c.get('ctx'), action.id, input.data);
    if (isRefusal(result)) return html(c, await unsurePage(c, action, refusedForm(body, [refusalError(result)])), 422);
    setFlash(c, {
      tone: 'done',
      text: result.letters === 1 ? '1 letter is settled.' : `${result.letters} letters are settled.`,
    });
    return seeOther(c, `/actions/${action.id}/unsure`);
  });
}
