-- Labels the holder of a link has scanned while filling in the form, and what each scan writes into it.
alter table reply_draft add column label_round jsonb not null default '{}';

-- Pages of one form that came in several files are put together: the later row says where its pages went.
alter table paper_reply add column joined_to_id bigint references paper_reply;
alter table paper_reply drop constraint paper_reply_state_check;
alter table paper_reply add constraint paper_reply_state_check
  check (state in ('waiting', 'taken', 'aside', 'joined') and (state = 'joined') = (joined_to_id is not null));
create index paper_reply_joined on paper_reply (joined_to_id) where joined_to_id is not null;
create index paper_reply_torn on paper_reply (paper_form_id) where state = 'waiting' and 'pages-missing' = any (reasons);
