"""Seeded random numbers, hashes and percentiles are CPython's."""
import hashlib
import hmac
import random
import statistics

for seed in (1, -5, "abc", b"xyz", 1.5, 2**100):
    r = random.Random(seed)
    print(r.random(), r.getrandbits(70), r.randint(1, 10**20), r.sample(range(100), 4), r.gauss(0, 1))
r = random.Random(7)
state = r.getstate()
print(r.random() == (r.setstate(state), r.random())[1], len(state[1]))
for name in ("md5", "sha1", "sha256", "sha3_256", "blake2s"):
    print(name, hashlib.new(name, b"adder").hexdigest()[:24], hmac.new(b"k", b"m", name).hexdigest()[:24])
print(hashlib.shake_128(b"").hexdigest(8))
print(hashlib.blake2b(b"x", digest_size=12, key=b"k", salt=b"s", person=b"p", fanout=2, depth=3, last_node=True).hexdigest())
print(statistics.NormalDist(10, 3).inv_cdf(0.975))

# expect: 0.13436424411240122 900242893768093690591 4705193143269049554 [63, 97, 57, 60] -1.022103170010873
# expect: 0.6229016948897019 928951016526329528473 11971467576204192311 [20, 14, 47, 60] 0.6631957349886839
# expect: 0.7720246314157545 838592727419594222642 35884728480050985649 [34, 7, 27, 9] 1.3881083547274133
# expect: 0.9371584003394712 300618876256639928008 69965501604963799727 [48, 65, 53, 39] 0.8613769571902627
# expect: 0.551763726942059 685212581280447680792 28629260018532721016 [16, 47, 53, 84] -0.4140133713934984
# expect: 0.7586581712996778 1145211423723150785615 94637120937903241381 [22, 95, 47, 48] 1.5204909661472514
# expect: True 625
# expect: md5 9371bdcfd91f1da2db034654 ed7e724d3a91554aaa204304
# expect: sha1 7a8f709739e1c52c74bc4f13 772b71c8a2997e768be01d97
# expect: sha256 b7a2d0f9ccf0042b1d6c1097 b60090e3052297aeb5a08088
# expect: sha3_256 64b60d8aa695d2d7293748cd 1b92d4a22666154356c30c31
# expect: blake2s 8cafb97bdbf8969d8aa17f95 998d5d39acad301fad7d906a
# expect: 7f9c2ba4e88f827d
# expect: 1f114f45c615ec4a8022bc76
# expect: 15.879891953620161
