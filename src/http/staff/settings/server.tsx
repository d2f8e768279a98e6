import { COUNTED_AT_MOST, loadServerFigures } from '../../../app/queries/server.ts';
import type { C } from '../../context.ts';
import { formatCount } from '../../ui/figures.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { SettingsTabs } from './tabs.tsx';

const databases = { pglite: 'Embedded (PGlite)', postgresql: 'PostgreSQL' } as const;

/** GET /settings: what this server is and how much it holds. */
export async function showServer(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const { settings } = ctx;
  const figures = await loadServerFigures(ctx.db);
  const depth = await ctx.queue.depth();
  const smtp = ctx.mailer.kind === 'smtp';
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Settings"
      lede="These come from the environment of the server; the manual lists them."
      tabs={<SettingsTabs here="/settings" />}
      next={
        smtp
          ? []
          : [
              {
                text: 'No mail leaves this server: letters go to the built-in mailbox. Set SMTP_URL to send them.',
                href: '/mailbox',
                label: 'Open the mailbox',
                tone: 'attention',
              },
            ]
      }
    >
      <Columns>
        <Card title="This server">
          <KeyValue
            rows={[
              { label: 'Version', value: settings.version },
              { label: 'Address', value: <Identifier>{settings.publicUrl}</Identifier> },
              { label: 'Process', value: <Identifier>{settings.instance}</Identifier> },
              { label: 'Its time', value: <Moment at={ctx.now()} zoned /> },
              { label: 'Jobs waiting', value: formatCount(depth) },
              { label: 'Health, for monitoring', value: '/healthz', href: '/healthz' },
              { label: 'API', value: '/api', href: '/api' },
            ]}
          />
        </Card>
        <Card title="Mail">
          <KeyValue
            rows={[
              { label: 'Goes by', value: smtp ? 'SMTP' : 'the built-in mailbox' },
              { label: 'From', value: settings.mailFrom },
              {
                label: 'Pace to one domain',
                value:
                  settings.pacePerDomain === 0
                    ? 'no limit'
                    : `${formatCount(settings.pacePerDomain)} messages a minute`,
              },
            ]}
          />
        </Card>
        <Card title="Database">
          <KeyValue
            rows={[
              { label: 'Kind', value: databases[ctx.dbKind] },
              { label: 'Version of PostgreSQL', value: figures.databaseVersion },
              { label: 'Size', value: formatBytes(figures.databaseSize) },
              { label: 'Migrations', value: figures.migrations },
            ]}
          />
        </Card>
        <Card title="What it holds">
          <KeyValue
            rows={[
              { label: 'Actions', value: formatCount(figures.actions), href: '/actions' },
              { label: 'Parties', value: counted(figures.parties), href: '/parties' },
              { label: 'Units', value: counted(figures.units), href: '/units' },
              { label: 'Corrections', value: formatCount(figures.corrections) },
              { label: 'Events', value: formatCount(figures.events), href: '/history' },
              { label: 'Accounts', value: formatCount(figures.staff), href: '/settings/accounts' },
            ]}
          />
        </Card>
      </Columns>
    </DeskPage>,
  );
}

function counted(count: number): string {
  return count > COUNTED_AT_MOST ? `more than ${formatCount(COUNTED_AT_MOST)}` : formatCount(count);
}

function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const unit = units[step] ?? 'byte';
  return new Intl.NumberFormat('en-GB', { style: 'unit', unit, maximumFractionDigits: 1 }).format(bytes / 1000 ** step);
}
