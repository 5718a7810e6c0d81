"""Words that passwords are commonly made of: a list of our own making, no copy of anybody's leak.

What people choose when a password is asked for: words for secret things, names, keys beside one another,
dates, hospitals and trials, in English and in pinyin. A password that is put together from such words counts
a letter for each of them (`domain.password`).
"""

from __future__ import annotations

_TEXT = """
password passwort passw0rd passphrase passcode pass word secret letmein login logon signin signon access
admin administrator root user username guest test tester testing demo default system master superuser
changeme change welcome hello hallo hi goodbye please thankyou thanks sorry open sesame opensesame
money dollar euro pound bitcoin gold silver diamond rich lucky winner success power magic
love iloveyou loveyou lovely sweet sweetheart honey baby babygirl babyboy angel princess prince queen king
dragon monkey tiger lion bear wolf eagle panda kitty kitten cat dog puppy buddy horse chicken dolphin
shadow sunshine sun moon star starwars summer winter spring autumn rainbow flower rose cookie chocolate
cheese coffee banana apple orange pepper ginger football soccer baseball basketball hockey tennis golf
liverpool chelsea arsenal barcelona juventus batman superman spiderman pokemon naruto ninja samurai
michael jennifer jessica jordan thomas daniel andrew joshua robert william charlie george maria anna
matthew ashley nicole hunter harley ranger maverick freedom whatever nothing trustno trust nobody
computer laptop internet network server database windows linux google yahoo facebook samsung iphone
android hacker security private public trouble killer matrix mustang ferrari porsche mercedes toyota honda
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
september october november december today tomorrow yesterday year month week birthday christmas
correct battery staple hospital clinic clinical trial trials study patient patients doctor nurse physician
liver kidney heart blood medicine medical health pharma research science sponsor monitor investigator
coordinator participant protocol visit data trialog shenyang liaoning beijing shanghai china london berlin
new york paris america england germany family mother father mama papa brother sister friend friends forever
woaini woaiwojia woaizhongguo wodemima mima nihao zhongguo zhonghua beijinghuanyingni mimashi ceshi guanliyuan
yiyuan yisheng hushi huanzhe linchuang shiyan ganbing yisi wangwei wangfang lina zhangwei liwei liuwei
laopo laogong baobei baobao mama baba tiantian xiaoming xiaohong aini aiwo yijia kuaile xingfu facai
oneday letmeinnow abc abcd asdf asdfgh zxcv qwe qwer qaz wsx edc rfv qazwsx qwertz azerty
my the and for you your our is it in on at to of no yes not me we ok one two three
"""

WORDS = frozenset(_TEXT.split())

NUMBERS = (
    "520",
    "521",
    "1314",
    "5201314",
    "666",
    "888",
    "007",
    "911",
    "112",
    "110",
    "123",
    "321",
    "1234567890",
)
"""Numbers with a meaning to many."""

ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "!@#$%^&*()",
)
"""Rows of keys and of letters, walked along in either direction."""
