from . import test_signature
from . import test_translation
from . import test_events
from . import test_delivery
from . import test_payments
from . import test_buttons
from . import test_settings
