/** A round to the post: several prepared kits with one carrier, each with its own tracking number. And what is printed for it. */
import { shipKits, shipKitsInput } from '../../../app/kit-moves.ts';
import { printKits, printKitsInput } from '../../../app/kit-print.ts';
import { type KitRow, kitList } from '../../../app/queries/kits.ts';
import { readList } from '../../../app/queries/list.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { Checkbox, Form, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, EmptyState } from '../../ui/parts.tsx';
import { shellOf } from '../shell.ts';

/** Kits of one round: more than a person carries. */
const MOST = 100;

/** GET /kits/ship: the prepared kits that go by post, the oldest first. */
export function showShip(c: C): Promise<Response> {
  return shipPage(c, freshForm(), 200);
}

async function shipPage(c: C, form: FormState, status: 200 | 422): Promise<Response> {
  const ctx = c.get('ctx');
  const { rows, total } = await readList<KitRow, { now: Date }>(
    ctx.db,
    kitList,
    {
      page: 1,
      size: MOST,
      sort: 'state_since',
      direction: 'asc',
      filters: { state: 'prepared', way: 'post' },
      q: '',
    },
    { now: ctx.now() },
  );
  const print = (what: string) => `/kits/print?${rows.map((row) => `kit=${row.id}`).join('&')}&what=${what}`;
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Take kits to the post"
      lede="Print slips and labels, pack, and say here which left, each with its tracking number."
      crumbs={[{ href: '/kits', label: 'Kits' }]}
      errors={form.errors}
      actions={
        rows.length > 0 ? (
          <>
            <LinkButton href={print('slips')} icon="printer" tone="primary">
              Packing slips
            </LinkButton>
            <LinkButton href={print('labels')} icon="printer">
              Address labels
            </LinkButton>
          </>
        ) : undefined
      }
    >
      {rows.length === 0 ? (
        <EmptyState title="No kit is ready for the post">
          Prepare one in the <a href="/kits">queue</a>: it then waits here. Those an engineer takes along leave on their
          own page.
        </EmptyState>
      ) : (
        <Form action="/kits/ship">
          {total !== rows.length ? (
            <Alert tone="note">
              <p>These are the {rows.length} that have waited longest; the others follow in the next round.</p>
            </Alert>
          ) : null}
          <Card title="Which left">
            <TextInput form={form} name="carrier" label="Carrier" hint="The post, or a courier." width={30} required />
            {rows.map((row) => (
              <div key={row.id} class="ff-columns ff-columns-even" id={`kit-${row.id}`}>
                <Checkbox
                  form={form}
                  name={`kit.${row.id}`}
                  label={`Kit ${row.id}: ${row.party}`}
                  hint={`${[row.city, row.country].filter((part) => part !== '').join(', ')}${
                    row.withdrawn ? '. Its package is withdrawn: prepare it again.' : ''
                  }`}
                />
                <TextInput
                  form={form}
                  name={`tracking.${row.id}`}
                  label={`Tracking number of kit ${row.id}`}
                  width={20}
                  identifier
                />
              </div>
            ))}
            <SubmitButton>They are on their way</SubmitButton>
          </Card>
        </Form>
      )}
    </DeskPage>,
    status,
  );
}

/** POST /kits/ship: all of those ticked, or none. */
export async function postShip(c: C): Promise<Response> {
  const body = await readForm(c);
  const kits = Object.keys(body)
    .flatMap((name) => /^kit\.(\d{1,15})$/.exec(name)?.[1] ?? [])
    .map((id) => ({ id: Number(id), tracking: fieldText(body, `tracking.${id}`) }));
  const input = shipKitsInput.safeParse({ carrier: fieldText(body, 'carrier'), kits });
  if (!input.success) {
    const errors = errorsFromZod(input.error, (path) => (path.startsWith('kits') ? '' : path));
    return shipPage(c, refusedForm(body, errors), 422);
  }
  const shipped = await shipKits(c.get('ctx'), input.data);
  if (isRefusal(shipped)) return shipPage(c, refusedForm(body, [refusalError(shipped)]), 422);
  setFlash(c, {
    tone: 'done',
    text: shipped.shipped === 1 ? 'One kit is on its way.' : `${shipped.shipped} kits are on their way.`,
  });
  return seeOther(c, '/kits');
}

/** GET /kits/print?kit=1&kit=2&what=slips: for the printer. Changes nothing; without a kit, back to where one chooses. */
export async function getKitPrint(c: C): Promise<Response> {
  const query = new URL(c.req.url).searchParams;
  if (!query.has('kit')) return seeOther(c, '/kits/ship');
  const input = printKitsInput.safeParse({
    kitIds: query.getAll('kit'),
    what: query.get('what') ?? 'slips',
    skip: query.get('skip') ?? 0,
  });
  if (!input.success) return answerRefusal(c, refuse('kit.unknown', { id: query.get('kit') ?? '' }), '/kits');
  const file = await printKits(c.get('ctx'), input.data);
  if (isRefusal(file)) return answerRefusal(c, file, '/kits');
  return fileAnswer(file.pdf, { name: file.name, mediaType: 'application/pdf', inline: true });
}
