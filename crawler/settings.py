"""Settings: what differs from Scrapy's defaults, each with its reason, and our own."""

import os
from importlib.metadata import version
from importlib.util import find_spec

from crawler.bounds import DEFAULT as _BOUNDS

BOT_NAME = "tinhuyen"
SPIDER_LOADER_CLASS = "crawler.loader.SiteSpiderLoader"
SPIDER_MODULES: list[str] = []  # the sites are the spiders

# Ours
ARCHIVE_DB = "archive.db"
SITES_DIR = os.environ.get("TINHUYEN_SITES", "")  # nothing: the country, and one's own
CONTACT = os.environ.get("TINHUYEN_CONTACT", "")  # where a portal's staff can reach the operator
NETWORKS = os.environ.get("TINHUYEN_NETWORKS", "")  # beyond the public internet, where hosts lie
BACKOFF_START = 2.0
BACKOFF_MAX = 300.0
CRAWL_DELAY_MAX = 300.0
HOST_REQUESTS_A_DAY = 0
HOST_BYTES_A_DAY = 0
REQUESTS_A_DAY = 0
BYTES_A_DAY = 0
PUSH_DELAY = 10.0  # the service that pages are handed to bears 12 requests a minute
REVISIT_BUDGET = 50
REQUISITES_A_DAY = 100  # style sheets, fonts, theme pictures; few themes have more
REQUISITE_BYTES_A_DAY = 16 * 1024 * 1024
CONCURRENT_SITES = 10  # of one process: each takes some 18 MiB, most for what it compresses by
LEASH = ""  # a file that says until when hosts may be asked; nothing: always
STUCK_AFTER = 7200.0  # longer than any wait for a host, be it a Crawl-delay for many sites in turn
MOST_ALIKE_IN_A_ROW = 20  # pages of one content that are no articles: a login form, a notice
MOST_FAILURES_IN_A_ROW = 10  # without any answer, after all retries: the host is down

# Bounds: what each protects is told in crawler/bounds.py and docs/limits.md
ADDRESSES_MAX = _BOUNDS.addresses
REQUESTS_MAX = _BOUNDS.requests
PATH_DEPTH_MAX = _BOUNDS.path_depth
ADDRESS_LENGTH_MAX = _BOUNDS.address_length
REPEATED_PARTS_MAX = _BOUNDS.repeated_parts
COPIES_MAX = _BOUNDS.copies
LINKED_MAX = _BOUNDS.linked
MEMENTOS_MAX = _BOUNDS.mementos
ARCHIVED_LISTS_MAX = _BOUNDS.archived_lists
LIST_PAGES_MAX = _BOUNDS.list_pages
SITEMAP_ELEMENTS_MAX = _BOUNDS.sitemap_elements
FEED_ENTRIES_MAX = _BOUNDS.feed_entries
JSON_ENTRIES_MAX = _BOUNDS.json_entries
ROBOTS_BYTES_MAX = _BOUNDS.robots_bytes
HEADER_BYTES_MAX = _BOUNDS.header_bytes
FREE_DISK_MIN = _BOUNDS.free_disk

# Who we are. A portal's staff must be able to see who asks, and to answer.
USER_AGENT = f"TinHuyen/{version('tinhuyen')} ({f'+{CONTACT}' if CONTACT else 'no contact given'})"
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "TinHuyen"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "vi,en;q=0.5",
    # As archives ask: what is kept is then what was sent, and alike pages take a tenth of the room
    # that each would take compressed by itself.
    "Accept-Encoding": "identity",
}

# How hard we ask. A site's TOML may set another delay; it is the least time between two requests.
# It is held by the turns (`TurnMiddleware`): what had one goes through a slot of Scrapy's whose own
# delay is next to nothing, and above nothing only so that the limit of a slot holds.
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0
DOWNLOAD_SLOTS = {"in turn": {"delay": 1e-6}}
CONCURRENT_REQUESTS_PER_DOMAIN = 4
CONCURRENT_REQUESTS = 4  # a crawl is of one host: more would only queue where no wait reaches them
DOWNLOAD_TIMEOUT = 60
RETRY_TIMES = 4
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the ledger says it, in words
# Of Scrapy's own middlewares those that a crawl has: to name one with None would read it all the
# same, that of cookies with the list of all public suffixes. Not had are HttpAuth (no portal gives
# us a password), Cookies (an archive sees what any reader sees), MetaRefresh (the spider decides
# where to go), Offsite (knows hosts, not paths), RobotsTxt (fails open), Retry (does not wait),
# HttpCompression (takes halves) and HttpCache (what is kept is the archive's).
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.stay.StayMiddleware": 50,
    "crawler.middlewares.bounds.BoundsMiddleware": 60,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.capture.CaptureMiddleware": 540,  # what was tried again is not used
    "crawler.middlewares.backoff.BackOffMiddleware": 550,
    "crawler.middlewares.encoding.EncodingMiddleware": 590,
    "crawler.middlewares.turns.TurnMiddleware": 840,  # last, but for what counts requests sent
    "crawler.middlewares.leash.LeashMiddleware": 845,  # and for what may end while one waits
}

# Nothing fetched is trusted.
DOWNLOAD_HANDLERS = {
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
    "http": "crawler.download.ForgivingHandler",  # a header that is not quite right costs itself
    "https": "crawler.download.ForgivingHandler",
}
DOWNLOAD_FAIL_ON_DATALOSS = False  # the retries compare what comes, and fail if it is not whole
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0  # the limit says it
DOWNLOAD_VERIFY_CERTIFICATES = True
# What would take more than is meant, or run Python for whoever asks, is not there at all; should
# somebody add it, it is off.
COOKIES_ENABLED = False
METAREFRESH_ENABLED = False
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

# Each handles what a callback yields through two generators more, a tenth of a page's time.
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,  # nobody asks what began it
    # A refusal is an answer: the spider writes all of them into the ledger.
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    # Our path through a portal is nobody's business.
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    # Drops requests, of which the ledger would not know.
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # a chain has no depth to limit
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,  # for developers
}
SCHEDULER = "crawler.scheduler.FrontierScheduler"  # the archive knows what is open

# From visit to archive
ITEM_PIPELINES = {
    "pipelines.tidy.TidyPipeline": 100,
    "pipelines.store.StorePipeline": 900,
}
CONCURRENT_ITEMS = 1  # visits are stored one after another, and 100 tasks a response cost a third

# Of Scrapy's own extensions those that a crawl has: RemoteControl would bring an HTTP server along,
# a tenth of a second, Telnet ssh; exports are made of the archive, which also knows where a crawl
# was and when a host is asked.
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,  # says why a crawl has ended
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.logstats.LogStats": 0,
}
EXTENSIONS = {"crawler.stuck.StuckExtension": 100}  # what runs unattended must end by itself

# Looks for what is ready in C: a tenth of a page's time. It is not to be had on every system.
ASYNCIO_EVENT_LOOP = "uvloop.Loop" if find_spec("uvloop") else None

# Parses a callback's source for a developer's mistake; with bound methods, again for every page.
WARN_ON_GENERATOR_RETURN_VALUE = False
