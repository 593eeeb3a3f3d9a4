"""What the conversions of published tables give: cache key -> ``digest_of`` the arrays.

A file in the cache that says something else was changed, and is not used.
"""

from collections.abc import Mapping

CONTENT: Mapping[str, str] = {
    "cells-101-1": "d2f16c8b04aef8afaf581148f347524c76c3dcd9d2a24fc8df992de9d4608c09",
    "help-latency-6f1dd2f8c0442289": "0bf21cbe220866e060744ab1a8d4f0952d289df6a743471d6b59f2e5a3d2e8d4",
    "hpobench-australian-9e218898ba8a937f": "11bdd5810679cf7d398e93d2571c2678d7258318c8abc0d42c800f7522ff5cca",
    "hpobench-blood_transfusion-47596acae26fca58": "b02c2ce1c4447703c2dac19525ffd84394681e759eb0845ef8af49a0d04d7f2c",
    "hpobench-car-6c348ed056869f8d": "5b0edc8a1f860b92404682b6419be2f5f26fd2af5fb8085cd3d019db012397dd",
    "hpobench-credit_g-97cf95dbead6c110": "3b78997d56fccf46d6f7b473125e035f462ac927e4bffae683f15eba79a85bd0",
    "hpobench-kc1-c682823ca58c308f": "aa124a29b508ffe5a8e300c101867ca4c91f57c7c18d687d6a3b447d9fc5e948",
    "hpobench-phoneme-2e8b9cb0a2726968": "2b1917581d3b156f0609d2f8d95bc31e38012187278a800cfb432c603fc603c7",
    "hpobench-segment-a6db9d0fbf921a1c": "7ee61fd8945580a9cdeded84de5f859b00234b00bba20594ee875ccfee5b501e",
    "hpobench-vehicle-12cf1793f7860457": "f39f45b1d7d0dfa9611bd48f39feec52961620927884b0217e5fdb2adc576be5",
    "hpolib-naval_propulsion-4d10de47056702a5": "859ca333c67aadb101dc096529862a8a0032126e289e6e8efdf2e1230499ba37",
    "hpolib-parkinsons_telemonitoring-7299fbec18a74f27": (
        "24dbfe14cd90c1142d0a22e2f4930a001104a1e90eeb8478f742b03886a008a1"
    ),
    "hpolib-protein_structure-583e6b45d18d1cd3": "81b69d6b2fb383a9014d2abe1aa87fb4db53a771c1bc2fd2a1018f1064d69af8",
    "hpolib-slice_localization-9b454266def7d64d": "799bbf9d7179e2cdfce33bfe1e5e3a2a7dd4d17ee99f93029798ea63c6a515f8",
    "nas-bench-101-84bcca117040f6f4": "c8789f8e801bb4f8f35e54838056557e52549f3514b864f96471688ac5957412",
    "nas-bench-macro-686dee8363cc21cc": "9defa2eb68251a4976aacde782ec3609f12b4d7d012229aaa52e1c54ae42616b",
    "nasbench201-cifar10-2f6f8dcb4c6c8d12": "7a24857e91625b6958bb63b4f94d830bded642c78dd26ea59bbe5b6839d3fa06",
    "nasbench201-cifar100-a038736ae0f19bf1": "78f635ea5be4e0538089e0659e295837b6e0f8aa4ef6745b8f3aa7a6dc5d24bb",
    "nasbench201-imagenet-59ac8d52a62a66d3": "c877e35c7a073937b323ce69626b80423678d46cc6564f5f6bb470f287857814",
    "nats-12-9b9061946b6ff3f7": "7f8699f90e6414b0a1699ca5eaa33b19a6103a5efecf16699233a6f0cb301101",
    "nats-test-200-cb5d777ec3368be8": "b7c494a6ddb85a8c9b9f9c605297ec0f47642efad2c2db326c96f22ceb8b712b",
    "spikenas-ac7b4a67-01ab182b": "84d04192d992cb8b0376c4e8e041f0e01093bdac7da8e503a91755c937423707",
}
"""Conversions that are the same on every machine; fitted models and computed features are not."""
