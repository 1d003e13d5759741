from odoo.tests import BaseCase, tagged

from ..signature import secret_bytes, sign


@tagged("-at_install", "post_install")
class TestSignature(BaseCase):
    def test_standard_webhooks_vector(self):
        text = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )
        self.assertEqual(text, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")

    def test_no_secret(self):
        for secret in ("", None, "whsec_", "whsec_***", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"):
            with self.assertRaises(ValueError):
                secret_bytes(secret)
