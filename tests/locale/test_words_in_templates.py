"""What templates say: our words as they stand, what is put into them escaped where it becomes HTML (S3)."""

import jinja2
import pytest
from django.utils import translation

from talanoa import templating

SAID = '{{ _("%(name)s writes", name="Ana <b>") }}|{{ ngettext("%(num)d of %(of)s", "%(num)d of %(of)s", 2, of="<i>") }}|{{ _("all of 100%%") }}|{{ gettext("Search") }}'


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("page.html", "Ana &lt;b&gt; writes|2 of &lt;i&gt;|all of 100%|Recherche"),
        ("letter.txt", "Ana <b> writes|2 of <i>|all of 100%|Recherche"),
    ],
)
def test_what_is_put_into_words_is_escaped_on_pages_and_left_in_letters(name, told):
    made = templating.environment(loader=jinja2.DictLoader({name: SAID}))
    with translation.override("fr"):
        assert made.get_template(name).render() == told
