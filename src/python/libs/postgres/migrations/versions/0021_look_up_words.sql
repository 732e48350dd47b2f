-- All that a search asks of its words before their meaning is known. In a function its plan is kept: with the exchange
-- that begins a transaction come several statements, which PostgreSQL prepares for nobody, and planning them took a
-- tenth of that exchange. Lists go back as they come: as text they need not become objects on the way.
create function look_up_words(
    lexemes text[], filters jsonb, in_collections uuid[], depth integer,
    out weights text, out ids text, out scores text, out documents text, out signatures text,
    out left_documents text, out known text[], out rarity real[])
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    in_documents uuid[] := documents_that_match(filters, in_collections);
    query record;
begin
    select * into query from weigh_query(lexemes);
    select coalesce(array_agg(c.passage_id), '{}')::text, array_agg(c.score)::text,
           array_agg(c.document_id)::text, array_agg(c.signature)::text
      into ids, scores, documents, signatures
      from lexical_passages(query.tq, query.qv, depth, in_collections, in_documents) c;
    weights := query.qv::text;
    left_documents := in_documents::text;
    known := coalesce(query.known, '{}');
    rarity := coalesce(query.rarity, '{}');
end $$;
revoke all on function look_up_words from public;
grant execute on function look_up_words to current_user, ibid_app;
