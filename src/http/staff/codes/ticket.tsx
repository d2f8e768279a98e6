import { issueTicket, issueTicketInput } from '../../../app/installation-tickets.ts';
import { loadTicket, type TicketFacts } from '../../../app/queries/codes.ts';
import { type CorrectionPage, loadCorrection } from '../../../app/queries/correction.ts';
import { printTicketKey, ticketKey } from '../../../domain/confirmation-code.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { Form, SubmitButton, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';

async function withTicket(
  c: C,
  page: (correction: CorrectionPage, ticket: TicketFacts | undefined) => Promise<Response>,
): Promise<Response> {
  const id = idParam(c, 'id');
  const correction = id === undefined ? undefined : await loadCorrection(c.get('ctx').db, id);
  if (!correction) return answerRefusal(c, refuse('correction.unknown', { count: 1 }), '/actions');
  return page(correction, await loadTicket(c.get('ctx').db, correction.id));
}

/** GET /corrections/:id/ticket: what the verifier needs for this one. Makes none by itself. */
export function showTicket(c: C): Promise<Response> {
  return withTicket(c, (correction, ticket) => ticketPage(c, correction, ticket, freshForm(), 200));
}

async function ticketPage(
  c: C,
  correction: CorrectionPage,
  ticket: TicketFacts | undefined,
  form: FormState,
  status: 200 | 422,
): Promise<Response> {
  const key = ticket && printTicketKey(ticketKey(c.get('ctx').settings.secret, ticket.id));
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Installation ticket"
      lede={`${correction.serial}, ${correction.environment}: ${correction.remedy}`}
      crumbs={[
        { href: `/actions/${correction.action_id}`, label: correction.reference },
        { href: `/corrections/${correction.id}`, label: `${correction.serial}, ${correction.environment}` },
      ]}
      errors={form.errors}
    >
      {ticket ? (
        <Card title="Ticket">
          <KeyValue
            rows={[
              { label: 'Number', value: <Identifier>{String(ticket.number)}</Identifier> },
              { label: 'Key', value: <Identifier>{key ?? ''}</Identifier> },
              { label: 'Serial', value: <Identifier>{correction.serial}</Identifier> },
              { label: 'Environment', value: correction.environment },
              { label: 'Issued', value: <Moment at={ticket.issuedAt} /> },
              { label: 'By', value: ticket.issuedBy },
            ]}
          />
          <p class="ff-hint">
            Whoever has the key can compute the code of this one correction, and of no other. Give it to those who
            install.
          </p>
        </Card>
      ) : (
        <Alert tone="note" title="No ticket yet">
          <p>A kit brings its tickets along. For a machine without a kit, issue one here and read it out.</p>
        </Alert>
      )}
      <Card title={ticket ? 'Replace it' : 'Issue a ticket'}>
        <Form action={`/corrections/${correction.id}/ticket`}>
          {ticket ? (
            <TextArea
              form={form}
              name="replace"
              label="Why"
              hint="Codes of the old ticket are refused from then on. Those that were taken stand."
              rows={2}
              required
            />
          ) : null}
          <SubmitButton tone={ticket ? 'secondary' : 'primary'}>{ticket ? 'Replace the ticket' : 'Issue'}</SubmitButton>
        </Form>
      </Card>
    </DeskPage>,
    status,
  );
}

/** POST /corrections/:id/ticket */
export function postTicket(c: C): Promise<Response> {
  return withTicket(c, async (correction, ticket) => {
    const body = await readForm(c);
    const replace = fieldText(body, 'replace').trim();
    if (ticket && replace.length < 3) {
      const short = { field: 'replace', message: 'Write why the ticket is replaced.' };
      return ticketPage(c, correction, ticket, refusedForm(body, [short]), 422);
    }
    const input = issueTicketInput.safeParse({ correctionId: correction.id, replace });
    if (!input.success) return ticketPage(c, correction, ticket, refusedForm(body, errorsFromZod(input.error)), 422);
    const issued = await issueTicket(c.get('ctx'), input.data);
    if (isRefusal(issued)) return ticketPage(c, correction, ticket, refusedForm(body, [refusalError(issued)]), 422);
    setFlash(c, { tone: 'done', text: `Ticket ${issued.number} is issued.` });
    return seeOther(c, `/corrections/${correction.id}/ticket`);
  });
}
