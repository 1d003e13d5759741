"""What a developer would write instead, each in its usual idiom; every one is a program of its own."""
