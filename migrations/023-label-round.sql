-- Labels the holder of a link has scanned while filling in the form, and what each scan writes into it.
alter table reply_draft add column label_round jsonb not null default '{}';
