"""stages.py: five ways to fetch URLs with requests, each one more patch away from the first.

A stage patches modules of Python and of packages, as programs do to be faster. Modules are imported
where they are used, because gevent has to patch before others import what it patches.
"""

from collections.abc import Callable
from dataclasses import dataclass


# ---- what is patched ----

def patch_like_grequests():
    """What `import grequests` does. select and poll stay as they are, and will block the thread."""
    from gevent import monkey
    monkey.patch_all(thread=False, select=False)


def use_pyopenssl():
    """urllib3 speaks TLS by pyOpenSSL instead of Python's ssl, which gevent has patched."""
    from urllib3.contrib import pyopenssl
    pyopenssl.inject_into_urllib3()


def use_cooperative_recv():
    import OpenSSL.SSL
    import cooperative
    OpenSSL.SSL.Connection = cooperative.Connection


def use_cooperative_recv_into():
    import OpenSSL.SSL
    import cooperative
    OpenSSL.SSL.Connection = cooperative.ConnectionWithRecvInto


# ---- how it is fetched ----

def get_by(cacert):
    """A function that fetches a URL over a connection of its own."""
    import requests

    def get(url):
        with requests.Session() as session:
            session.trust_env = False  # no proxy between us and a server on this machine
            session.verify = cacert
            return session.get(url)

    return get


def one_after_another(cacert):
    get = get_by(cacert)
    return lambda urls: [get(url) for url in urls]


def all_at_once(cacert):
    """What grequests.map does: a greenlet for each request."""
    from gevent.pool import Pool
    get = get_by(cacert)
    return lambda urls: Pool(len(urls)).map(get, urls)


@dataclass(frozen=True)
class Stage:
    name: str
    fetch_by: Callable
    patches: tuple = ()

    def prepare(self, cacert):
        """Patches what the stage patches. The result fetches a list of URLs and returns answers."""
        for patch in self.patches:
            patch()
        return self.fetch_by(cacert)


STAGES = (
    Stage("requests, one after another", one_after_another),
    Stage("gevent, ssl", all_at_once, (patch_like_grequests,)),
    Stage("gevent, pyOpenSSL", all_at_once, (patch_like_grequests, use_pyopenssl)),
    Stage("... recv cooperates", all_at_once,
          (patch_like_grequests, use_pyopenssl, use_cooperative_recv)),
    Stage("... recv_into as well", all_at_once,
          (patch_like_grequests, use_pyopenssl, use_cooperative_recv_into)),
)
