/** The first page of a personal link: one button before it was opened, what to do next after. */
import type { VNode } from 'preact';
import { answersForMany } from '../../../app/mandates.ts';
import { openLink } from '../../../app/reply-drafts.ts';
import { seeOther } from '../../context.ts';
import { Form, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { Icon } from '../../ui/icons.tsx';
import { html } from '../../ui/page.tsx';
import { Alert } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { ProgressBar } from '../../ui/state.tsx';
import { DueDate } from '../due-date.tsx';
import { type Portal, portalPage } from '../gate.tsx';

/** GET /p/:token. Changes nothing, whoever opens it: mail scanners follow links (law 1). */
export const showLanding = portalPage({ units: true }, async (portal) => {
  const { c, ctx, data } = portal;
  const known = data.link.openedAt !== null || (data.obligation !== null && data.obligation.state !== 'silent');
  if (!known) return html(c, <Envelope portal={portal} />);
  const many = await answersForMany(ctx.db, data.action.id, data.party.id);
  return html(c, <Home portal={portal} many={many} />);
});

/** POST /p/:token/open: a person pressed the button. */
export const openLanding = portalPage({}, async ({ c, ctx, base }) => {
  await openLink(ctx);
  return seeOther(c, `${base}/notice`);
});

/** What stands on the outside of the letter: from whom, to whom, and one button. */
function Envelope({ portal }: { portal: Portal }): VNode {
  const { t, shell, data, base } = portal;
  return (
    <PortalPage
      shell={{ ...shell, incidentHref: undefined }}
      title={t('portal.landing.title')}
      lede={t('portal.landing.lede', { manufacturer: shell.manufacturer, reference: data.action.reference })}
    >
      <dl class="ff-envelope">
        <div>
          <dt>{t('portal.landing.to')}</dt>
          <dd>{data.party.name}</dd>
        </div>
        <div>
          <dt>{t('portal.landing.for')}</dt>
          <dd>{data.contact.name}</dd>
        </div>
      </dl>
      <Form action={`${base}/open`}>
        <SubmitButton icon="mail-opened">{t('portal.landing.open')}</SubmitButton>
      </Form>
      <p class="ff-hint">{t('portal.landing.personal')}</p>
    </PortalPage>
  );
}

/** What is owed, in the order of doing it, each with the page that does it. */
function Home({ portal, many }: { portal: Portal; many: boolean }): VNode {
  const { t, shell, data, base } = portal;
  const state = data.obligation?.state ?? 'silent';
  const open = data.obligation?.open ?? 0;
  const counts = new Map<string, number>();
  for (const unit of data.units) {
    for (const one of unit.corrections) counts.set(one.state, (counts.get(one.state) ?? 0) + 1);
  }
  const total = data.units.reduce((sum, unit) => sum + unit.corrections.length, 0);
  return (
    <PortalPage shell={shell} title={t(`portal.home.title.${state}`)} lede={t(`portal.home.lede.${state}`, { open })}>
      <p class="ff-portal-next">
        {state === 'silent' ? (
          <LinkButton href={`${base}/notice`} tone="primary" icon="file-text">
            {t('portal.home.read')}
          </LinkButton>
        ) : null}
        {state === 'received' ? (
          <LinkButton href={`${base}/form/${open > 0 ? 'corrections' : 'distributor'}`} tone="primary" icon="checklist">
            {t('portal.home.report')}
          </LinkButton>
        ) : null}
        {state === 'done' ? (
          <LinkButton href={`${base}/sent`} tone="primary" icon="receipt">
            {t('portal.home.receipt')}
          </LinkButton>
        ) : null}
      </p>
      {data.kit === null ? null : (
        <Alert
          tone="note"
          icon="package"
          title={`${t('letter.kit.title', { kit: data.kit })}: ${t('portal.kit.state.shipped')}`}
        >
          <p>
            <a href={`${base}/kit`}>{t('mail.kit.next')}</a>
          </p>
        </Alert>
      )}
      {state === 'done' ? null : <DueDate data={data} t={t} />}
      {total > 0 ? (
        <section aria-labelledby="progress">
          <h2 id="progress">{t('portal.home.units')}</h2>
          <ProgressBar
            kind="correction"
            shares={[...counts].map(([one, count]) => ({ state: one, count }))}
            noun={t('portal.home.noun', { total })}
          />
        </section>
      ) : null}
      <nav aria-labelledby="more">
        <h2 id="more">{t('portal.home.more')}</h2>
        <ul class="ff-portal-places">
          <Place href={`${base}/notice`} icon="file-text" label={t('portal.place.notice')} />
          <Place
            href={`${base}/units`}
            icon="devices"
            label={t('portal.place.units', { count: formatCount(data.units.length, t.language) })}
          />
          <Place href={`${base}/scan`} icon="search" label={t('portal.place.scan')} />
          <Place href={`${base}/form/receipt`} icon="checklist" label={t('portal.place.form')} />
          {many ? <Place href={`${base}/list`} icon="list" label={t('portal.place.list')} /> : null}
          {data.form ? <Place href={`${base}/paper`} icon="file-download" label={t('portal.place.paper')} /> : null}
          {data.obligation?.receivedAt ? (
            <Place href={`${base}/sent`} icon="receipt" label={t('portal.place.sent')} />
          ) : null}
          {data.patch ? (
            <>
              <Place href={`${base}/patch`} icon="download" label={t('portal.place.patch')} />
              <Place href={`${base}/kit`} icon="package" label={t('portal.place.kit')} />
              <Place href={`${base}/code`} icon="key" label={t('portal.code.title')} />
            </>
          ) : null}
          <Place href={`${base}/contact`} icon="user-question" label={t('portal.place.contact')} />
          <Place href={`${base}/incident`} icon="shield-exclamation" label={t('portal.place.incident')} />
        </ul>
      </nav>
    </PortalPage>
  );
}

function Place({ href, icon, label }: { href: string; icon: string; label: string }): VNode {
  return (
    <li>
      <a href={href}>
        <Icon name={icon} />
        {label}
      </a>
    </li>
  );
}
