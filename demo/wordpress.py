"""What WordPress serves beside pages: robots.txt, feeds, sitemaps and its redirects."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import md5
from html import escape
from http import HTTPStatus
from xml.sax.saxutils import escape as xml_escape

from demo import district
from demo.answer import RSS, TEXT, XML, Answer, redirect
from demo.content import stored, stored_content, texturized
from demo.district import CATEGORIES, PAGES
from demo.portal import Portal, Post
from demo.theme import excerpt, slug_of

POSTS_PER_FEED = 10
ADDRESSES_PER_SITEMAP = 2_000


def robots(base: str, sitemap: bool) -> Answer:
    """Return robots.txt as WordPress writes it."""
    rules = "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n"
    return Answer(rules + (f"\nSitemap: {base}/wp-sitemap.xml\n" if sitemap else ""), TEXT)


def feed(
    portal: Portal, posts: Sequence[Post], base: str, page: int, headers: Mapping[str, str]
) -> Answer | None:
    """Return page `page` (from 1) of the feed of `posts`, newest first; None past its end.

    The validators are those of the whole site, on every feed: a client that holds them gets 304.
    """
    shown = posts[(page - 1) * POSTS_PER_FEED : page * POSTS_PER_FEED]
    if not shown and page > 1:
        return None
    changed = portal.last_changed
    validators = {
        "last-modified": _http_date(changed),
        "etag": f'"{md5(_http_date(changed).encode(), usedforsecurity=False).hexdigest()}"',
    }
    if _is_fresh(changed, validators["etag"], headers):
        return Answer(status=HTTPStatus.NOT_MODIFIED, headers=validators)
    items = "".join(_feed_item(post, base) for post in shown)
    return Answer(
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"\n'
        '\txmlns:content="http://purl.org/rss/1.0/modules/content/"\n'
        '\txmlns:dc="http://purl.org/dc/elements/1.1/"\n'
        '\txmlns:atom="http://www.w3.org/2005/Atom"\n'
        '\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/">\n<channel>\n'
        f"<title>{xml_escape(district.NAME)}</title>\n"
        f'<atom:link href="{base}/feed/" rel="self" type="application/rss+xml" />\n'
        f"<link>{base}</link>\n<description>{xml_escape(district.TAGLINE)}</description>\n"
        f"<lastBuildDate>{_rss_date(changed)}</lastBuildDate>\n<language>vi</language>\n"
        "<sy:updatePeriod>hourly</sy:updatePeriod>\n"
        f"{items}</channel>\n</rss>\n",
        RSS,
        headers=validators,
    )


def _feed_item(post: Post, base: str) -> str:
    subjects = "".join(
        f"<category><![CDATA[{subject}]]></category>" for subject in (post.category, *post.tags)
    )
    return (
        f"<item>\n<title>{stored(post, texturized(post.title))}</title>\n"
        f"<link>{base}{post.path}</link>\n"
        f"<dc:creator><![CDATA[{post.author or district.EDITOR}]]></dc:creator>\n"
        f"<pubDate>{_rss_date(post.date)}</pubDate>\n{subjects}\n"
        f'<guid isPermaLink="false">{base}/?p={post.id}</guid>\n'
        f"<description><![CDATA[{stored(post, escape(excerpt(post, 55)))}]]></description>\n"
        f"<content:encoded><![CDATA[{stored_content(post, base)}]]></content:encoded>\n</item>\n"
    )


def comments_feed(base: str) -> Answer:
    """Return the feed of comments, of which there are none."""
    return Answer(
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>Bình luận cho: {xml_escape(district.NAME)}</title><link>{base}</link>"
        "<description></description></channel></rss>\n",
        RSS,
    )


def _is_fresh(changed: datetime, etag: str, headers: Mapping[str, str]) -> bool:
    """Compare as `WP::send_headers` does: of two validators given, both must hold."""
    tags = headers.get("if-none-match")
    since = headers.get("if-modified-since")
    answers = []
    if tags is not None:
        answers.append(etag in (tag.strip().removeprefix("W/") for tag in tags.split(",")))
    if since is not None:
        try:
            answers.append(parsedate_to_datetime(since) >= changed)
        except ValueError:
            answers.append(False)
    return bool(answers) and all(answers)


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _rss_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


def sitemap(portal: Portal, base: str, name: str, cap: int | None) -> Answer | None:
    """Return the sitemap of a file name below ``/``; None if there is none of that name.

    Core lists posts by number, 2,000 a file, without lastmod. With `cap`, only so many of the
    newest posts are listed.
    """
    parts = _sitemap_parts(portal, cap)
    if name == "wp-sitemap.xml":
        entries = "".join(f"<sitemap><loc>{base}/{part}</loc></sitemap>" for part in parts)
        return _sitemap_answer("sitemapindex", entries, base, "sitemap-index")
    if name not in parts:
        return None
    entries = "".join(f"<url><loc>{base}{path}</loc></url>" for path in parts[name])
    return _sitemap_answer("urlset", entries, base, "sitemap")


def _sitemap_parts(portal: Portal, cap: int | None) -> dict[str, list[str]]:
    posts = portal.posts if cap is None else portal.newest[:cap]
    size = ADDRESSES_PER_SITEMAP
    paths = [post.path for post in sorted(posts, key=lambda post: post.id)]
    parts = {
        f"wp-sitemap-posts-post-{start // size + 1}.xml": paths[start : start + size]
        for start in range(0, len(paths), size)
    }
    parts["wp-sitemap-posts-page-1.xml"] = ["/", *(f"/{page.slug}/" for page in PAGES)]
    used = {post.category for post in portal.newest}
    categories = [slug for name, slug in CATEGORIES.items() if name in used]
    parts["wp-sitemap-taxonomies-category-1.xml"] = [f"/category/{slug}/" for slug in categories]
    parts["wp-sitemap-taxonomies-post_tag-1.xml"] = [f"/tag/{slug_of(tag)}/" for tag in portal.tags]
    return parts


def _sitemap_answer(root: str, entries: str, base: str, style: str) -> Answer:
    return Answer(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<?xml-stylesheet type="text/xsl" href="{base}/wp-{style}.xsl" ?>\n'
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</{root}>\n',
        XML,
        headers={"x-robots-tag": "noindex, follow"},
    )


def shortlink(portal: Portal, number: str, base: str) -> Answer | None:
    """Return the redirect of ``/?p=number``; None if no such post or page is published."""
    if not number.isdecimal():
        return None
    post = portal.by_id(int(number))
    if post:
        return redirect(base + post.path)
    page = next((page for page in PAGES if page.id == int(number)), None)
    return redirect(f"{base}/{page.slug}/") if page else None


def guess(portal: Portal, slug: str, base: str) -> Answer | None:
    """Return the redirect of an address that is not there, as WordPress guesses it.

    A former slug leads to the present one; any other to a post whose slug begins with it, which
    need not be the post that once stood there (`redirect_guess_404_permalink`).
    """
    present = portal.get(portal.old_slugs.get(slug, ""))
    if present is None and slug:
        place = bisect_left(portal.slugs, slug)
        likely = portal.slugs[place : place + 1]
        present = portal.get(likely[0]) if likely and likely[0].startswith(slug) else None
    return redirect(base + present.path) if present else None
