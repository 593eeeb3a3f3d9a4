"""The proxies that come with iohnas, one file each; torch is imported when one is measured."""
