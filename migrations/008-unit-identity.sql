-- One index for what three did: a unit's identity (its serial within product and kind, a lot's number within its site as
-- well) and the search by the beginning of a serial. An import of a million units writes it a million times.
drop index unit_serial;
drop index unit_identity;
drop index unit_search;
create unique index unit_identity on unit
  (serial text_pattern_ops, product_id, kind, (case when kind = 'lot' then site_id else 0 end));
