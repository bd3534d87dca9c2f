//! The errors: why, and what to do. FRAME takes the section into the pallet.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// No organisation has this id. Look it up in `Organisations`.
        OrganisationNotFound,
        /// The account is not a registered validator. Register it first, or check the address.
        ValidatorNotFound,
        /// The account is not sponsored. Sponsor it first, or check the address.
        ContributorNotFound,
        /// No pending change has this id: it was enacted, dropped or cancelled. Look it up in `PendingChanges`.
        ChangeNotFound,
        /// The account speaks for an organisation, will by a pending change, or would be its own recovery. Use another one.
        AccountInUse,
        /// This account is not proposed for this organisation, or its time to accept is over. Have it proposed again.
        ProposalNotFound,
        /// The recovery account or two thirds have proposed an account. It may accept; or wait until its time is over.
        StrongerProposal,
        /// The account is a validator already, perhaps one that is still leaving. Wait for `ValidatorLeft`.
        ValidatorAlreadyExists,
        /// An organisation sponsors this account already. It must be unsponsored there first.
        AlreadySponsored,
        /// The same change waits already.
        AlreadyPending,
        /// Another validator has this peer id, or a pending change gives it one. Every node needs its own network key.
        PeerIdInUse,
        /// A name is 1 to 64 bytes of UTF-8 without control characters.
        BadName,
        /// A peer id is the base58 text that the node prints at its start, for example `12D3KooW…`.
        BadPeerId,
        /// A gateway URL is `http://` or `https://`, a lower-case host name, an IPv4 address or an IPv6 address in brackets, and
        /// perhaps a port; no path, not even a slash.
        BadGatewayUrl,
        /// The gateway is on the machine itself or in a private network, and this chain allows only public ones.
        PrivateGateway,
        /// A TLS key hash stands beside an `http` URL. Use `https`, or leave the hash away.
        TlsKeyWithoutTls,
        /// Technical seats are ascending ids, each once.
        SeatsNotAscending,
        /// There are 64 organisations. Remove one first.
        MaxOrganisationsExceeded,
        /// There are 32 validators, leaving ones included. Remove one first and wait for `ValidatorLeft`.
        MaxValidatorsExceeded,
        /// The organisation sponsors as many contributors as it may. Unsponsor one, or ask for a larger quota.
        QuotaExceeded,
        /// A quota is at most 1,024.
        QuotaTooLarge,
        /// 32 changes wait. Wait for one of them, or cancel one.
        TooManyPendingChanges,
        /// 16 fast suspensions end in the same block. Suspend in another block.
        TooManySuspensions,
        /// The ayes are not two thirds of all admitted organisations.
        TooFewAyes,
        /// The signer is not the account of an organisation in good standing, or not the one that is entitled to this.
        NotAuthorized,
        /// The contributor is suspended by the consortium. It must be reinstated first.
        Suspended,
        /// The target is suspended already, by the same authority.
        AlreadySuspended,
        /// The target is not suspended by this authority, so there is nothing to reinstate.
        NotSuspended,
        /// The majority suspended the target before. Propose a long suspension, or that the majority may suspend once more: two
        /// thirds decide.
        FastSuspensionUsed,
        /// The majority may suspend the target as it is.
        FastSuspensionAllowed,
        /// The chain would be left without a validator. Add another one with keys first.
        LastValidator,
        /// The council would be left without a member. Admit another organisation first.
        LastOrganisation,
        /// The consent has expired. Ask the contributor for another one.
        ConsentExpired,
        /// The consent expires further ahead than `MaxConsent`. Ask the contributor for a shorter one.
        ConsentTooLong,
        /// The account's last consent that was used expires as late or later. Ask for one that expires later.
        ConsentUsed,
        /// The contributor did not sign this organisation and expiry for this chain. Compare genesis, id, account and expiry.
        BadConsent,
        /// The organisation used twice as many consents as its quota and they are kept. Forget expired ones first.
        TooManyConsents,
        /// No consent of this account is kept.
        ConsentNotFound,
        /// The consent has not expired: it could be used again if it were forgotten.
        ConsentStillValid,
        /// All ids are used up.
        IdsExhausted,
    }
}
