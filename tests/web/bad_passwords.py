"""Forty passwords that nobody may have, whatever the profile."""

BAD = (
    "", "a", "short", "密码", "12345678", "password", "P@ssw0rd!", "Sicha2026!",
    "十四个字太短了还差一个字", "x" * 129, "长" * 129, "aaaaaaaaaaaaaaaaaa", "1111111111111111",
    "abababababababab", "abcabcabcabcabcabc", "123456789012345", "098765432109876",
    "1234567890123456", "abcdefghijklmnop", "qwertyuiopasdfghjkl", "asdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv", "zxcvbnmasdfghjkl", "password123456789", "Password12345678",
    "P@ssw0rd20261125!!", "passwordpassword", "adminadminadmin1", "administrator123",
    "iloveyouiloveyou", "woaiwoaiwoaiwoai", "woaizhongguo1949", "我的密码我的密码我的密码我的",
    "管理员管理员管理员管理员123", "sichasichasicha1", "四查四查四查四查四查四查四查四查",
    "welcome123456789", "letmeinletmein123", "qwerty1234567890", "1949100119491001",
    "clerkclerkclerk12", "沈雪芬沈雪芬沈雪芬沈雪芬沈雪芬", "北园社区党支部北园社区党支部1",
    "ＰＡＳＳＷＯＲＤ１２３４５６７８９",
)  # fmt: skip
