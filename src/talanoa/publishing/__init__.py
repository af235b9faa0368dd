"""What people wrote together, made into publications: edited as blocks, merged, told apart; set on paper, in Word and in mail. Pure."""
