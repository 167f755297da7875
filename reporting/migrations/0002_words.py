from __future__ import annotations

from django.db import migrations

# Without accents and in small letters, for texts and for what is searched for. Written with what the server has
# built in: the extension unaccent is not everywhere. Most texts are ASCII and need no normalising.
MAKE = r"""
CREATE FUNCTION reporting_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT CASE WHEN octet_length($1) = char_length($1) THEN $1
            ELSE regexp_replace(normalize($1, NFKD), '[\u0300-\u036f]', '', 'g') END
$$;
CREATE FUNCTION reporting_words(text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT to_tsvector('simple', reporting_fold($1))
$$;
"""
FORGET = "DROP FUNCTION reporting_words(text); DROP FUNCTION reporting_fold(text);"


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0001_initial"),
    ]

    operations = [migrations.RunSQL(MAKE, FORGET)]
