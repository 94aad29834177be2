"""banditctl moves the traffic of a SageMaker endpoint towards the variant that earns the most reward."""

__version__ = "0.1.0"
