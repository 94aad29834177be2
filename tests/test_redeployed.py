"""Turns on an endpoint that is made anew under its name: with other models, with other variants, or not at all."""

from support.emulated import CREATING, UPDATING, deploy, variant
from support.turns import LOOK, TURN, fares

from banditctl.core.decision import decide


async def redeploy(sagemaker, endpoint, clock, config, *variants):
    """The endpoint is made anew with other variants, its name being the same."""
    sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=list(variants))
    sagemaker.delete_endpoint(EndpointName=endpoint)
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    clock.move(CREATING)


async def test_a_new_model_under_an_old_name_is_learned_afresh_and_the_others_go_on(
    look, report_all, sagemaker, endpoint, clock, books
):
    await look()
    await look(after=UPDATING)
    await report_all("old", A=100, B=200)
    sagemaker.create_model(ModelName="Prices-2", PrimaryContainer={"Image": "prices:2"})
    await redeploy(sagemaker, endpoint, clock, "Split-2", variant("A"), variant("B", "Prices-2"))
    await look()
    decision = await look(after=LOOK)
    assert decision.departure.kind == "configuration"
    assert "somebody else deployed Split-2" in decision.reason
    assert [decision.belief[name].trials for name in "AB"] == [300, 0]
    await report_all("new", A=100, B=10)
    clock.move(2 * TURN)
    later = await look()
    assert [later.belief[name].trials for name in "AB"] == [600, 300]
    assert later.belief["B"].mean < 0.1
    assert "afresh" not in later.reason
    kept = (await books.ledger("fares")).evidence
    assert sum(one["B"].exposed for one in kept.strata) == 600
    made = await books.decisions("fares", 9)
    assert "B runs Prices-2 now and is learned afresh" in " ".join(one.reason for one in made)
    assert [decide(fares(), one.seen) for one in made] == made


async def test_a_configuration_that_is_made_anew_under_its_name_is_read_anew(
    look, report_all, sagemaker, endpoint, clock, books
):
    await look()
    await look(after=UPDATING)
    await report_all("old", A=100, B=200)
    sagemaker.create_model(ModelName="Prices-2", PrimaryContainer={"Image": "prices:2"})
    sagemaker.delete_endpoint_config(EndpointConfigName="Split")
    await redeploy(sagemaker, endpoint, clock, "Split", variant("A"), variant("B", "Prices-2"))
    await look()
    decision = await look(after=LOOK)
    assert [decision.belief[name].trials for name in "AB"] == [300, 0]
    assert (await books.ledger("fares")).evidence.models["B"].name == "Prices-2"


async def test_a_variant_that_joins_costs_nothing_learned(look, report_all, sagemaker, endpoint, clock, books):
    await look()
    await look(after=UPDATING)
    await report_all("old", A=100, B=200)
    await redeploy(sagemaker, endpoint, clock, "Three", variant("A"), variant("B"), variant("C"))
    holding = await look()
    assert holding.reason.startswith("Hold: the endpoint also has C; name its variants in the policy file")
    three = fares(variants=("A", "B", "C"))
    decision = await look(three, after=TURN)
    assert [decision.belief[name].trials for name in "ABC"] == [300, 300, 0]
    assert decision.verdict == "move"
    await look(three, after=UPDATING)
    await redeploy(sagemaker, endpoint, clock, "Two", variant("A"), variant("B"))
    assert (await look(three)).reason.startswith("Hold: the endpoint lacks C")
    assert [(await look(after=TURN)).belief[name].trials for name in "A"] == [300]


async def test_an_endpoint_that_is_gone_is_waited_for(look, sagemaker, endpoint, clock, books):
    await look()
    clock.move(UPDATING)
    sagemaker.delete_endpoint(EndpointName=endpoint)
    gone = await look(after=TURN)
    assert gone.reason.startswith("Hold: the endpoint is missing: there is no Fares in us-east-1; deploy it, or ")
    assert gone.stuck
    deploy(sagemaker, "Again")
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName="Again")
    clock.move(CREATING)
    await look()
    assert (await look(after=TURN)).verdict in {"move", "hold"}
    assert len((await books.ledger("fares")).evidence.models) == 2
