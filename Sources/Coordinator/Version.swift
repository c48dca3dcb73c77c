/// The version of the program, as `telehealth version` and the API give it.
public let telehealthVersion = "0.1.0"
