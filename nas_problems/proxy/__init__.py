"""Zero-cost proxies: numbers that order networks without training them, registered one file each in ``catalog``."""

from nas_problems.proxy.below_one_epoch import below_one_epoch
from nas_problems.proxy.registry import Proxy, names, proxies, register

__all__ = ["Proxy", "below_one_epoch", "names", "proxies", "register"]
